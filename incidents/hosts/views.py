"""Pages of hosts: the list, the host as memory, its facts over time, writing, upkeep."""

import csv
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts import describe, panels, register, upkeep
from incidents.hosts.filters import HostFilter
from incidents.hosts.forms import HostForm, UpkeepForm
from incidents.hosts.history import entries
from incidents.hosts.models import Host, HostStatus
from kb.web.plots import nest, nest_table
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.looking_back import show_history

PAGE = 50
SORTS = {
    "name": ("name",),
    "site": ("site__name", "name"),
    "owner": ("owner__name", "name"),
    "facts": ("last_report_at", "name"),
    "os": ("facts__os__name", "facts__os__version", "name"),
}


@require_safe
def host_list(request: HttpRequest) -> HttpResponse:
    """The table; every filter, the order and the page stand in the address."""
    hosts = Host.objects.visible_to(person(request)).select_related("site", "owner")
    filtered = HostFilter(request.GET or {"status": HostStatus.ACTIVE}, queryset=hosts)
    ordered = filtered.qs.distinct().order_by(*_order(request.GET.get("sort", "name")))
    if request.GET.get("as") == "csv":
        return _csv(ordered.select_related("parent"))
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    now = timezone.now()
    columns = [(column.title, column.values(shown)) for column in panels.host_columns]
    rows = [
        {
            "host": host,
            "os": describe.system(host, now),
            "system": describe.system_name(host.facts.get("os") or {}),
            "cells": [(title, cells.get(host.pk, "")) for title, cells in columns],
        }
        for host in shown
    ]
    context = {
        "page": page,
        "rows": rows,
        "columns": [title for title, _ in columns],
        "filter": filtered,
        "in_force": _in_force(request, filtered),
        "now": now,
    }
    return render(request, "hosts/list.html", context)


def _order(sort: str) -> list[str]:
    names = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    return [f"-{name}" for name in names] if sort.startswith("-") else list(names)


def _in_force(request: HttpRequest, filtered: HostFilter) -> list[tuple[str, str, str]]:
    """(name, label, value) of each filter that narrows the list."""
    return [
        (name, str(field.label or name), request.GET[name])
        for name, field in filtered.filters.items()
        if request.GET.get(name)
    ]


def _csv(hosts: Any) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hosts.csv"'
    out = csv.writer(response)
    out.writerow(
        ["name", "kind", "system", "environment", "role", "criticality", "site", "owner", "inside",
         "tags", "status", "last report"]
    )  # fmt: skip
    for host in hosts.iterator(chunk_size=500):
        out.writerow(
            [
                host.name, host.kind, describe.system_name(host.facts.get("os") or {}),
                _plain(host.environment), _plain(host.role), host.criticality,
                host.site.slug if host.site else "", host.owner.slug if host.owner else "",
                host.parent.name if host.parent else "", _plain(" ".join(host.tags)), host.status,
                host.last_report_at.isoformat() if host.last_report_at else "",
            ]
        )  # fmt: skip
    return response


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


@require_safe
def host_detail(request: HttpRequest, name: str) -> HttpResponse:
    """The host as memory."""
    hosts = Host.objects.visible_to(person(request)).select_related(
        "site", "owner", "parent__parent"
    )
    host = get_object_or_404(hosts, name=name)
    now = timezone.now()
    tree = describe.nest(host)
    groups = list(host.redundancy_groups.prefetch_related("members"))
    context = {
        "host": host,
        "now": now,
        "os": describe.system(host, now),
        "system": describe.system_name(host.facts.get("os") or {}),
        "sections": describe.sections(host, now),
        "groups": groups,
        "partners": [m for g in groups for m in g.members.all() if m.pk != host.pk],
        "services": list(host.services.all()),
        "upkeep": list(host.upkeep.select_related("by")[:6]),
        "upkeep_form": UpkeepForm(),
        "nest": nest(tree) if tree else None,
        "nest_numbers": nest_table(tree) if tree else None,
        "banners": panels.rendered("banner", host, request),
        "main_panels": panels.rendered("main", host, request),
        "side_panels": panels.rendered("side", host, request),
    }
    return render(request, "hosts/detail.html", context)


@require_safe
def host_facts(request: HttpRequest, name: str) -> HttpResponse:
    """What changed when, as differences of facts, newest first."""
    host = get_object_or_404(Host.objects.visible_to(person(request)), name=name)
    section = request.GET.get("section") or None
    page = Paginator(list(entries(host, section)), 40).get_page(request.GET.get("page"))
    names = sorted(set(host.history.order_by().values_list("section", flat=True)))
    context = {"host": host, "page": page, "section": section, "sections": names}
    return render(request, "hosts/facts.html", context)


def host_new(request: HttpRequest) -> HttpResponse:
    return editing.make(
        request,
        Host(),
        HostForm,
        template="hosts/new.html",
        address=_address,
        create=_create,
        context={"cancel": reverse("hosts:list")},
        initial={"name": request.GET.get("name", "")},
    )


def host_edit(request: HttpRequest, name: str) -> HttpResponse:
    host = get_object_or_404(Host.objects.visible_to(person(request)), name=name)
    return editing.edit(
        request, host, HostForm, template="hosts/edit.html", address=_address, save=register.save
    )


def host_history(request: HttpRequest, name: str) -> HttpResponse:
    """What people wrote about it, revision by revision."""
    host = get_object_or_404(Host.objects.visible_to(person(request)), name=name)
    return show_history(request, host, address=_address, save=register.save)


@require_POST
def host_retire(request: HttpRequest, name: str) -> HttpResponse:
    """Take it out of use, or back into use; its past stays either way."""
    user = writer(request)
    host = get_object_or_404(Host.objects.visible_to(user), name=name)
    if host.status == HostStatus.RETIRED:
        register.bring_back(host, by=user)
        messages.success(request, f"{host.name} is in use again.")
    else:
        register.retire(host, by=user)
        messages.success(request, f"{host.name} is retired. Its past stays; its flags close.")
    return redirect(_address(host))


@require_POST
def host_upkeep(request: HttpRequest, name: str) -> HttpResponse:
    """Record a restore test, a drill, a window: three fields."""
    user = writer(request)
    host = get_object_or_404(Host.objects.visible_to(user), name=name)
    form = UpkeepForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was recorded: say what was done and how it went.")
        return redirect(_address(host))
    try:
        said = form.cleaned_data
        upkeep.record(host, said["kind"], by=user, result=said["result"], note=said["note"])
    except ValidationError as error:
        messages.error(request, f"Nothing was recorded. {' '.join(error.messages)}")
    else:
        messages.success(request, "Recorded. What it means for the checks shows in a moment.")
    return redirect(_address(host))


def _create(host: Host, form: Any, user: Any) -> Host:
    return register.create(host, by=user, relations=form.relations()).current


def _address(host: Host) -> str:
    return reverse("hosts:detail", args=[host.name])
