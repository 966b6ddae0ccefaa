"""A project with an address for webhooks, whatever answers there, and no other."""

from django.urls import path

from tests.endpoints.hosted.api import plain

urlpatterns = [path("hooks/tiktok/", plain, name="ttminis_webhook")]
