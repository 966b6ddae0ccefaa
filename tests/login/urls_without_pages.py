"""A project that has a view of its own for the code, and none of allauth's pages."""

from django.urls import path

from ttminis_auth.endpoints import views

urlpatterns = [
    path("accounts/ttminis/login/code/", views.login_by_code, name="x"),
    path("signup/", views.login_page, name="account_signup"),
]
