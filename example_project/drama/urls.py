from django.urls import path

from drama import api, plain_api, views

app_name = "drama"
urlpatterns = [
    path("", views.index, name="index"),
    path("viewer/", views.viewer, name="viewer"),
    path("board/", views.board, name="board"),
    path("api/progress/", api.Progress.as_view(), name="api_progress"),
    path("api/me/", plain_api.me, name="api_me"),
    path("progress/", views.save_progress, name="progress"),
    path("me/", views.me, name="me"),
    path("here/", views.here, name="here"),
    path("me/connected/", views.connected, name="connected"),
    path("me/tokens/", views.tokens, name="tokens"),
    path("me/tokens/<int:pk>/use/", views.use_token, name="use_token"),
]
