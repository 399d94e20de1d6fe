"""``/settings/``."""

from django.urls import path

from kb.accounts import views, views_kept

app_name = "accounts"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("tokens/new/", views.token_new, name="token-new"),
    path("tokens/<int:pk>/end/", views.token_end, name="token-end"),
    path("views/save/", views_kept.view_save, name="view-save"),
    path("views/<int:pk>/remove/", views_kept.view_remove, name="view-remove"),
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="person-new"),
    path("people/<str:username>/", views.person_edit, name="person"),
    path("teams/new/", views.team_new, name="team-new"),
    path("teams/<slug:slug>/", views.team_edit, name="team"),
]
