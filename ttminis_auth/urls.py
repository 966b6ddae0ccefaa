"""Mounted by allauth under the site's accounts prefix; names stay flat there."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("ttminis/login/", views.login_page, name="ttminis_login"),
    path("ttminis/login/code/", views.login_by_code, name="ttminis_login_by_code"),
]
