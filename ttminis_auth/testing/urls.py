from django.urls import include, path

urlpatterns = [path("", include("ttminis_auth.simulator.urls"))]
