"""Hosts: the list, the host as memory, new, edit, history, upkeep, retire."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts import bulk, listing, register
from incidents.hosts.forms import HostForm
from incidents.hosts.models import Host, HostStatus, RedundancyGroup
from incidents.hosts.nesting import nest_of
from incidents.hosts.panels import host_columns, rendered
from incidents.hosts.shelf_lives import shelf_lives
from incidents.hosts.upkeep import latest_of
from incidents.hosts.views import cards  # noqa: F401 (registers the page's own cards)
from incidents.hosts.views.recording import buttons, record_for
from kb.accounts.models import User
from kb.web import plots
from kb.web.tables import csv_answer
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict

PAGE = 50
#: Where one jumps to on a host's page with one thumb.
JUMPS = (
    ("risks", "Risks"), ("incidents", "Before"), ("facts", "Facts"), ("checks", "Checks"),
    ("upkeep", "Upkeep"), ("nest", "Nest"),
)  # fmt: skip


def address(host: Host) -> str:
    return reverse("hosts:detail", args=[host.name])


def visible(request: HttpRequest, name: str) -> Host:
    """The host, or 404."""
    hosts = Host.objects.visible_to(person(request)).select_related("site", "owner", "parent")
    return get_object_or_404(hosts, name=name)


@require_safe
def host_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    user, now = person(request), timezone.now()
    hosts = listing.hosts_for(user, request.GET)
    if request.GET.get("format") == "csv":
        chosen = listing.chosen_in(request.GET)
        return csv_answer("hosts.csv", listing.table(hosts, now, chosen))
    page = Paginator(hosts, PAGE).get_page(request.GET.get("page"))
    chosen = listing.columns_of(request.GET)
    shown = {
        "page": page,
        "rows": listing.rows(list(page), now, chosen),
        "columns": [pair for pair in host_columns.items() if pair[0] in chosen],
        "show": chosen,
        "offered": listing.offered().items(),
        "bulk_fields": bulk.FIELDS.items(),
        "choices": listing.choices(request.GET),
        "in_force": listing.in_force(request.GET),
        "kept": listing.unshown(request.GET),
        "now": now,
    }
    return render(request, "hosts/list.html", shown)


@require_safe
def host_detail(request: HttpRequest, name: str) -> HttpResponse:
    user, now = person(request), timezone.now()
    members = RedundancyGroup.objects.prefetch_related(
        Prefetch("members", Host.objects.only("name"))
    )
    hosts = (
        Host.objects.visible_to(user)
        .select_related("site", "owner", "parent", "updated_by")
        .prefetch_related("services", Prefetch("redundancy_groups", members))
    )
    host = get_object_or_404(hosts, name=name)
    return render(request, "hosts/detail.html", _shown(host, user, request) | {"now": now})


def _shown(host: Host, user: User, request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    nest = nest_of(host, now)
    return {
        "host": host,
        "jumps": JUMPS if nest else JUMPS[:-1],
        "banners": rendered("banner", host, request),
        "cards": rendered("main", host, request),
        "side": rendered("side", host, request),
        "stale": listing.is_stale(host, now, shelf_lives().default),
        "nest": nest and plots.nest(nest),
        "nest_table": nest and plots.nest_table(nest),
        "groups": [
            (group, [member for member in group.members.all() if member.pk != host.pk])
            for group in host.redundancy_groups.all()
        ],
        "upkeep": latest_of(host),
        "buttons": buttons(host, user),
    }


def host_new(request: HttpRequest) -> HttpResponse:
    return editing.make(
        request,
        Host(),
        HostForm,
        template="hosts/edit.html",
        address=address,
        create=_create,
        context={"new": True, "cancel": reverse("hosts:list")} | _known_words(),
        initial={"name": request.GET.get("name", "")[:253]},
    )


def _create(host: Host, form: RevisedForm, user: User) -> Host:
    return register.create(host, by=user).current


def host_edit(request: HttpRequest, name: str) -> HttpResponse:
    return editing.edit(
        request,
        visible(request, name),
        HostForm,
        template="hosts/edit.html",
        address=address,
        save=register.save,
        context=_known_words(),
    )


def host_history(request: HttpRequest, name: str) -> HttpResponse:
    return show_history(request, visible(request, name), address=address, save=register.save)


def host_upkeep(request: HttpRequest, name: str) -> HttpResponse:
    host = visible(request, name)
    return record_for(request, host)


@require_POST
def host_retire(request: HttpRequest, name: str) -> HttpResponse:
    """Retire a host, or bring it back; pressing twice is once."""
    user = writer(request)
    host = visible(request, name)
    back = bool(request.POST.get("back"))
    if back == (host.status == HostStatus.ACTIVE):
        return redirect(address(host))
    outcome = (register.bring_back if back else register.retire)(host, by=user)
    if isinstance(outcome, Conflict):
        messages.error(request, "Somebody saved meanwhile. Read it again, then decide.")
    elif back:
        messages.success(request, f"{host.name} is in use again, and is checked right away.")
    else:
        messages.success(request, f"{host.name} is retired. Its flags close; its past stays.")
    return redirect(address(host))


def _known_words() -> dict[str, Any]:
    """Words to complete from; with very many hosts the fields take any word all the same."""
    hosts = Host.objects.order_by()
    return {
        "host_names": list(hosts.order_by("name").values_list("name", flat=True)[:500]),
        "environments": list(_distinct(hosts, "environment")),
        "roles": list(_distinct(hosts, "role")),
    }


def _distinct(hosts: QuerySet[Host], name: str) -> QuerySet[Any, str]:
    return hosts.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
