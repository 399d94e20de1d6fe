"""Addresses of this room."""

from typing import Any

from django.urls import URLPattern, path

from incidents.hosts.views import (
    bulk,
    eol,
    facts,
    hosts,
    merging,
    recording,
    shelf_lives,
    shelves,
    things,
    visit,
)
from incidents.hosts.views.rooms import GROUPS, SERVICES, SITES, Room

app_name = "hosts"


def _room(room: Room) -> list[URLPattern]:
    """Sites, services and groups: the same pages at addresses of their own."""
    of: dict[str, Any] = {"room": room}
    at, kind = f"{room.plural}/", room.kind
    return [
        path(at, things.thing_list, of, name=f"{kind}-list"),
        path(f"{at}new/", things.thing_new, of, name=f"{kind}-new"),
        path(f"{at}<slug:slug>/", things.thing_detail, of, name=kind),
        path(f"{at}<slug:slug>/edit/", things.thing_edit, of, name=f"{kind}-edit"),
        path(f"{at}<slug:slug>/history/", things.thing_history, of, name=f"{kind}-history"),
        path(f"{at}<slug:slug>/upkeep/", things.thing_upkeep, of, name=f"{kind}-upkeep"),
    ]


def _shelf(shelf: shelves.Shelf, at: str) -> list[URLPattern]:
    """A list of what is kept ready, below the thing it belongs to."""
    of: dict[str, Any] = {"shelf": shelf}
    word, one = shelf.word, f"{at}<int:pk>/"
    return [
        path(f"{at}new/", shelves.entry_new, of, name=f"{word}-new"),
        path(f"{one}edit/", shelves.entry_edit, of, name=f"{word}-edit"),
        path(f"{one}history/", shelves.entry_history, of, name=f"{word}-history"),
        path(f"{one}away/", shelves.entry_away, of, name=f"{word}-away"),
        path(f"{one}back/", shelves.entry_back, of, name=f"{word}-back"),
    ]


urlpatterns = [
    path("settings/shelf-lives/", shelf_lives.shelf_lives, name="shelf-lives"),
    path("settings/end-of-life/", eol.end_of_life, name="end-of-life"),
    path("hosts/", hosts.host_list, name="list"),
    path("hosts/bulk/", bulk.bulk_edit, name="bulk"),
    path("hosts/bulk/undo/", bulk.bulk_undo, name="bulk-undo"),
    path("hosts/new/", hosts.host_new, name="new"),
    path("hosts/<str:name>/", hosts.host_detail, name="detail"),
    path("hosts/<str:name>/edit/", hosts.host_edit, name="edit"),
    path("hosts/<str:name>/facts/", facts.host_facts, name="facts"),
    path("hosts/<str:name>/history/", hosts.host_history, name="history"),
    path("hosts/<str:name>/merge/", merging.host_merge, name="merge"),
    path("hosts/<str:name>/merges/<int:pk>/undo/", merging.merge_undo, name="merge-undo"),
    path("hosts/<str:name>/retire/", hosts.host_retire, name="retire"),
    path("hosts/<str:name>/visit/", visit.host_visit, name="visit"),
    path("groups/<slug:slug>/visit/", visit.thing_visit, {"room": GROUPS}, name="group-visit"),
    path("sites/<slug:slug>/visit/", visit.thing_visit, {"room": SITES}, name="site-visit"),
    path("hosts/<str:name>/upkeep/", hosts.host_upkeep, name="upkeep"),
    *_room(SITES),
    *_room(SERVICES),
    *_room(GROUPS),
    *_shelf(shelves.RUNBOOKS, "services/<slug:slug>/runbooks/"),
    *_shelf(shelves.KITS, "sites/<slug:slug>/kits/"),
    *_shelf(shelves.SPARES, "sites/<slug:slug>/spares/"),
    *_shelf(shelves.ACCESS, "sites/<slug:slug>/access/"),
    path("advisories/", shelves.advisories, name="advisories"),
    *_shelf(shelves.ADVISORIES, "advisories/"),
    path("upkeep/", recording.due_list, name="due"),
    path("upkeep/<int:pk>/take-back/", recording.take_back, name="take-back"),
]
