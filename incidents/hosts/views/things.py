"""Sites, services and groups: one set of pages for the three."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.hosts import listing, register
from incidents.hosts.models import Host
from incidents.hosts.panels import host_columns
from incidents.hosts.upkeep import latest_of
from incidents.hosts.views.recording import buttons, record_for
from incidents.hosts.views.rooms import Room
from incidents.hosts.views.shelves import shelves_of
from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.pages import free_slug

PAGE = 100


def _visible(request: HttpRequest, room: Room, slug: str) -> Any:
    return get_object_or_404(room.rows(person(request)), slug=slug)


@require_safe
def thing_list(request: HttpRequest, room: Room) -> HttpResponse:
    page = Paginator(room.rows(person(request)), PAGE).get_page(request.GET.get("page"))
    lines = [(thing, room.address(thing), room.says(thing)) for thing in page]
    heads = [label for label, _ in room.says(room.model())]
    shown = {"room": room, "page": page, "lines": lines, "heads": heads}
    return render(request, "hosts/thing_list.html", shown)


@require_safe
def thing_detail(request: HttpRequest, room: Room, slug: str) -> HttpResponse:
    user, now = person(request), timezone.now()
    thing = _visible(request, room, slug)
    hosts = listing.light(room.hosts_of(thing)).order_by("status", "name")
    page = Paginator(hosts, PAGE).get_page(request.GET.get("page"))
    shown = {
        "room": room,
        "thing": thing,
        "pairs": [(label, words) for label, words in room.says(thing) if words],
        "edit": room.address(thing, "edit"),
        "history": room.address(thing, "history"),
        "record": room.address(thing, "upkeep"),
        "visit": room.address(thing, "visit") if room.kind != "service" else "",
        "page": page,
        "rows": listing.rows(list(page), now),
        "columns": host_columns.items(),
        "upkeep": latest_of(thing),
        "buttons": buttons(thing, user),
        "shelves": shelves_of(thing, user),
        "now": now,
    }
    return render(request, "hosts/thing.html", shown)


def thing_new(request: HttpRequest, room: Room) -> HttpResponse:
    return editing.make(
        request,
        room.model(),
        room.form,
        template="hosts/thing_edit.html",
        address=room.address,
        create=_create,
        context={"room": room, "new": True, "cancel": room.list, "host_names": _host_names()},
        initial={"name": request.GET.get("name", "")[:160]},
    )


def _create(thing: Any, form: RevisedForm, user: User) -> Any:
    thing.slug = free_slug(type(thing), thing.name, most=80)
    return register.create(thing, by=user, relations=form.relations()).current


def thing_edit(request: HttpRequest, room: Room, slug: str) -> HttpResponse:
    return editing.edit(
        request,
        _visible(request, room, slug),
        room.form,
        template="hosts/thing_edit.html",
        address=room.address,
        save=register.save,
        context={"room": room, "host_names": _host_names()},
    )


def thing_history(request: HttpRequest, room: Room, slug: str) -> HttpResponse:
    thing = _visible(request, room, slug)
    return show_history(request, thing, address=room.address, save=register.save)


def thing_upkeep(request: HttpRequest, room: Room, slug: str) -> HttpResponse:
    thing = _visible(request, room, slug)
    return record_for(request, thing)


def _host_names() -> list[str]:
    return list(Host.objects.order_by("name").values_list("name", flat=True)[:500])
