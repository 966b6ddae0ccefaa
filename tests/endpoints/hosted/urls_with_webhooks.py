"""A project with allauth's URLs and one for webhooks."""

from tests.endpoints.hosted import urls_with_webhooks_only, urls_without_webhooks

urlpatterns = [
    *urls_without_webhooks.urlpatterns,
    *urls_with_webhooks_only.urlpatterns,
]
