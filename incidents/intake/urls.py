"""Addresses of this room."""

from django.urls import path

from incidents.intake import views, views_upload

app_name = "intake"
urlpatterns = [
    path("collect.py", views.collector, name="collector"),
    path("upload/", views_upload.upload, name="upload"),
    path("upload/<uuid:pk>/", views_upload.upload_preview, name="upload-preview"),
    path("netbox/", views_upload.netbox, name="netbox"),
]
