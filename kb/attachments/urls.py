"""Addresses of this room."""

from django.urls import path

from kb.attachments import views

app_name = "attachments"
urlpatterns = [
    path("", views.attachments, name="list"),
    path("<int:pk>/thumbnail.webp", views.thumbnail, name="thumbnail"),
    path("<int:pk>/remove/", views.remove, name="remove"),
    path("<int:pk>/<str:name>", views.file, name="file"),
]
