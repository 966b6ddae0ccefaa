"""A project with allauth's addresses and one for webhooks."""

from tests.endpoints.hosted import urls_with_webhooks_only, urls_without_webhooks

urlpatterns = [
    *urls_without_webhooks.urlpatterns,
    *urls_with_webhooks_only.urlpatterns,
]
