"""The front page."""

from django.urls import path

from incidents.overview import views

app_name = "overview"
urlpatterns = [path("", views.front, name="front")]
