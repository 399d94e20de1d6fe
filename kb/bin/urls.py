"""Addresses of this room."""

from django.urls import path

from kb.bin import views

app_name = "bin"
urlpatterns = [
    path("", views.bin_, name="bin"),
    path("back/", views.bring_back, name="back"),
    path("purge/", views.purge, name="purge"),
]
