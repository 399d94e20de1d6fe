"""``/hosts/``, ``/sites/``, ``/services/``, ``/groups/``."""

from django.urls import path, re_path

from incidents.hosts import places, views

app_name = "hosts"

PLACE = r"^(?P<place>sites|services|groups)/"
SLUG = r"(?P<slug>[-a-zA-Z0-9_]+)/"

urlpatterns = [
    path("hosts/", views.host_list, name="list"),
    path("hosts/new/", views.host_new, name="new"),
    path("hosts/<str:name>/", views.host_detail, name="detail"),
    path("hosts/<str:name>/edit/", views.host_edit, name="edit"),
    path("hosts/<str:name>/facts/", views.host_facts, name="facts"),
    path("hosts/<str:name>/history/", views.host_history, name="history"),
    path("hosts/<str:name>/retire/", views.host_retire, name="retire"),
    path("hosts/<str:name>/upkeep/", views.host_upkeep, name="upkeep"),
    re_path(PLACE + r"$", places.place_list, name="place-list"),
    re_path(PLACE + r"new/$", places.place_new, name="place-new"),
    path("sites/<slug:slug>/", places.place_detail, {"place": "sites"}, name="site"),
    path("services/<slug:slug>/", places.place_detail, {"place": "services"}, name="service"),
    path("groups/<slug:slug>/", places.place_detail, {"place": "groups"}, name="group"),
    re_path(PLACE + SLUG + r"edit/$", places.place_edit, name="place-edit"),
    re_path(PLACE + SLUG + r"history/$", places.place_history, name="place-history"),
]
