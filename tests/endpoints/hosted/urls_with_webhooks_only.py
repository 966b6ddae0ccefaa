"""A project with a URL for webhooks only."""

from django.urls import path

from tests.endpoints.hosted.api import plain

urlpatterns = [path("hooks/tiktok/", plain, name="ttminis_webhook")]
