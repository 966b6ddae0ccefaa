from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("", include("tests.urls")),
]
