"""Mounted by allauth under the site's accounts prefix; names stay flat there."""

from __future__ import annotations

from allauth import app_settings as allauth_settings
from django.urls import path

from .endpoints import views

urlpatterns = [
    path("ttminis/login/", views.login_page, name="ttminis_login"),
    path("ttminis/login/code/", views.login_by_code, name="ttminis_login_by_code"),
]

if allauth_settings.HEADLESS_ONLY:
    urlpatterns.append(path("ttminis/logout/", views.logout, name="ttminis_logout"))

if allauth_settings.HEADLESS_ENABLED:
    from .endpoints.hosted import app_code

    urlpatterns.append(path("ttminis/app/code/", app_code, name="ttminis_app_code"))
