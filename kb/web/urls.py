"""Addresses of this room: the style guide."""

from django.urls import path

from kb.web import views

app_name = "web"
urlpatterns = [path("look/", views.look, name="look")]
