from django.urls import path

from drama import views

app_name = "drama"
urlpatterns = [
    path("", views.index, name="index"),
    path("viewer/", views.viewer, name="viewer"),
    path("progress/", views.save_progress, name="progress"),
    path("me/", views.me, name="me"),
    path("here/", views.here, name="here"),
    path("me/connected/", views.connected, name="connected"),
    path("me/tokens/", views.tokens, name="tokens"),
    path("me/tokens/<int:pk>/use/", views.use_token, name="use_token"),
]
