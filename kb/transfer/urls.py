"""Addresses of this room."""

from django.urls import path

from kb.transfer import views

app_name = "transfer"
urlpatterns = [
    path("", views.export, name="export"),
    path("twiceshy.zip", views.export_zip, name="zip"),
]
