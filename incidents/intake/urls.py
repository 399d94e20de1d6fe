"""Addresses of this room."""

from django.urls import path

from incidents.intake import views

app_name = "intake"
urlpatterns = [path("collect.py", views.collector, name="collector")]
