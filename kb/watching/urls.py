"""Addresses of this room."""

from django.urls import path

from kb.watching import views

app_name = "watching"
urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("watching/", views.watches, name="list"),
    path("watching/end/<str:token>/", views.end, name="end"),
]
