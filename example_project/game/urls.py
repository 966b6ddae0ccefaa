from django.urls import path

from game import views

app_name = "game"
urlpatterns = [
    path("", views.index, name="index"),
    path("viewer/", views.viewer, name="viewer"),
    path("answer/", views.answer, name="answer"),
]
