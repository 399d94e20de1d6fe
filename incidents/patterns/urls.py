"""Addresses of this room."""

from django.urls import URLPattern

app_name = "patterns"
urlpatterns: list[URLPattern] = []
