"""Addresses of this room."""

from django.urls import path

from kb.comments import views

app_name = "comments"
urlpatterns = [
    path("", views.comment_new, name="new"),
    path("<int:pk>/edit/", views.comment_edit, name="edit"),
    path("<int:pk>/history/", views.comment_history, name="history"),
    path("<int:pk>/resolve/", views.comment_resolve, name="resolve"),
]
