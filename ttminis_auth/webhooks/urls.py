"""Included by the project, at a path of its own."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("", views.webhook, name="ttminis_webhook")]
