"""Addresses of this room."""

from django.urls import path

from kb.wiki import views, views_writing

app_name = "wiki"
urlpatterns = [
    path("pages/", views.page_list, name="page-list"),
    path("pages/new/", views.page_new, name="page-new"),
    path("pages/wanted/", views.wanted, name="wanted"),
    path("pages/<slug:slug>.md", views.page_text, name="page-text"),
    path("pages/<slug:slug>/", views.page_detail, name="page"),
    path("pages/<slug:slug>/edit/", views.page_edit, name="page-edit"),
    path("pages/<slug:slug>/history/", views.page_history, name="page-history"),
    path("preview/", views_writing.preview, name="preview"),
    path("suggest/", views_writing.suggest, name="suggest"),
    path("presence/", views_writing.presence, name="presence"),
]
