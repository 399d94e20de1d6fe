"""Addresses of this room."""

from django.urls import path

from kb.search import views

app_name = "search"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest.json", views.suggest, name="suggest"),
    path("search/recent/forget/", views.recent_forget, name="recent-forget"),
]
