"""The list of hosts: which ones the address asks for, in what order, and what each row shows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from incidents.hosts.filters import HostFilter
from incidents.hosts.models import Host, HostKind, HostStatus, Site
from incidents.hosts.panels import host_columns
from incidents.hosts.shelf_lives import shelf_lives
from incidents.hosts.systems import System, system_of
from kb.accounts.models import Team, User

FILTERS = (
    "q", "site", "environment", "role", "owner", "tag", "kind", "criticality", "status", "service",
    "group", "os",
)  # fmt: skip
ORDERINGS = {
    "name": "name",
    "system": "facts__os__name",
    "environment": "environment",
    "role": "role",
    "site": "site__name",
    "owner": "owner__name",
    "facts": "last_report_at",
}
#: Columns one may choose: name → heading.  What higher rooms add stands between.
COLUMNS = {
    "system": "System", "flags": "Flags", "site": "Site", "rack": "Rack", "owner": "Owner",
    "role": "Role", "kind": "Kind", "criticality": "Criticality", "tags": "Tags",
    "serial": "Serial", "facts": "Facts",
}  # fmt: skip
USUAL = ("system", "flags", "site", "owner", "role", "facts")
#: Sections are large: a row of a list needs the system only.
LIGHT = ("facts", "observed", "notes")


@dataclass(frozen=True, slots=True)
class Row:
    """A host with what its row shows; ``cells`` are those of the columns of higher rooms."""

    host: Host
    system: System | None
    stale: bool
    cells: list[tuple[str, SafeString]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a select: its name, label, options and the one in force."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str
    empty: str = "any"


def hosts_for(user: User, wanted: QueryDict) -> QuerySet[Host]:
    """The hosts an address asks for, in its order; active ones unless ``status`` says otherwise."""
    asked = wanted.copy()
    status = asked.get("status", "") or HostStatus.ACTIVE
    asked["status"] = "" if status == "all" else status
    hosts: QuerySet[Host] = HostFilter(asked, Host.objects.visible_to(user)).qs
    return light(in_order(hosts, wanted.get("ordering", "")))


def light(hosts: QuerySet[Host]) -> QuerySet[Host]:
    """With what a row shows, without the document."""
    return hosts.select_related("site", "owner").defer(*LIGHT).annotate(os=F("facts__os"))


def in_order(hosts: QuerySet[Host], ordering: str) -> QuerySet[Host]:
    """By a column, ``-`` turns it round; what has nothing there stands last."""
    name, down = ordering.removeprefix("-"), ordering.startswith("-")
    column = host_columns.get(name)
    if column is not None and column.sort is not None:
        hosts = column.sort(hosts)
        return hosts if down else hosts.reverse()
    key = F(ORDERINGS.get(name, "name"))
    first = key.desc(nulls_last=True) if down else key.asc(nulls_last=True)
    return hosts.order_by(first, "name")


def rows(hosts: Sequence[Host], now: datetime, chosen: Iterable[str] | None = None) -> list[Row]:
    """The rows of a page; every column of a higher room is asked once for all of them.

    ``chosen`` leaves out those of them that it does not name.
    """
    life = shelf_lives().default
    wanted = (
        host_columns.items()
        if chosen is None
        else [pair for pair in host_columns.items() if pair[0] in chosen]
    )
    columns = [(column.title, column.values(hosts)) for _, column in wanted]
    return [
        Row(
            host,
            system_of(host.os, now),  # type: ignore[attr-defined]
            is_stale(host, now, life),
            [(title, values.get(host.pk, SafeString(""))) for title, values in columns],
        )
        for host in hosts
    ]


def is_stale(host: Host, now: datetime, days: float) -> bool:
    """Nobody has said anything of it within that shelf life."""
    return host.last_report_at is not None and now - host.last_report_at > timedelta(days=days)


# --- filters ----------------------------------------------------------------------------------


def choices(wanted: QueryDict) -> list[Choice]:
    """The filters that offer what there is to choose from."""
    words = {name: _words(name) for name in ("environment", "role")}
    offered: list[tuple[str, str, Iterable[tuple[Any, Any]], str]] = [
        ("site", "Site", Site.objects.values_list("slug", "name"), "any"),
        ("environment", "Environment", words["environment"], "any"),
        ("role", "Role", words["role"], "any"),
        ("owner", "Owner", Team.objects.values_list("slug", "name"), "any"),
        ("kind", "Kind", HostKind.choices, "any"),
        ("status", "Status", [("retired", "Retired"), ("all", "All")], "Active"),
    ]
    return [
        Choice(name, label, [(str(v), str(w)) for v, w in options], wanted.get(name, ""), empty)
        for name, label, options, empty in offered
    ]


def offered() -> dict[str, str]:
    """Every column one may choose: name → heading."""
    return COLUMNS | {name: column.title for name, column in host_columns.items()}


def columns_of(wanted: QueryDict) -> list[str]:
    """The columns that an address asks for, in their fixed order; the usual ones without."""
    words = {word for text in wanted.getlist("columns") for word in text.split(",")}
    known = offered()
    usual = {*USUAL, *(known.keys() - COLUMNS.keys())}
    return [name for name in known if name in (words & known.keys() or usual)]


def unshown(wanted: QueryDict) -> list[tuple[str, str]]:
    """Filters that came by a link and have no field of their own; the form hands them on."""
    names = ("service", "group", "os", "criticality", "ordering")
    kept = [(name, value) for name in names if (value := wanted.get(name))]
    columns = ",".join(wanted.getlist("columns"))
    return [*kept, ("columns", columns)] if columns else kept


def _words(name: str) -> list[tuple[str, str]]:
    said = Host.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True)
    return [(word, word) for word in said.distinct()]


def in_force(wanted: QueryDict) -> list[tuple[str, str]]:
    """The filters that shape the list: (words, address without that filter)."""
    found = []
    for name in FILTERS:
        if value := wanted.get(name):
            rest = wanted.copy()
            rest.pop(name)
            rest.pop("page", None)
            said = f"“{value}”" if name == "q" else f"{name} {value}"
            found.append((said, f"?{rest.urlencode()}"))
    return found


# --- as a spreadsheet -------------------------------------------------------------------------

#: Heading → what stands below it.  Where nobody chose columns all of these are there, and those of
#: higher rooms.
_CELLS: dict[str, Callable[[Row], str]] = {
    "name": lambda row: row.host.name,
    "kind": lambda row: row.host.kind,
    "status": lambda row: row.host.status,
    "system": lambda row: row.system.words if row.system else "",
    "support": lambda row: row.system.end if row.system else "",
    "environment": lambda row: row.host.environment,
    "role": lambda row: row.host.role,
    "site": lambda row: row.host.site.name if row.host.site else "",
    "owner": lambda row: row.host.owner.name if row.host.owner else "",
    "rack": lambda row: row.host.rack,
    "serial": lambda row: row.host.serial,
    "criticality": lambda row: row.host.criticality,
    "tags": lambda row: ", ".join(row.host.tags),
    "last report": lambda row: (
        row.host.last_report_at.isoformat(timespec="seconds") if row.host.last_report_at else ""
    ),
}
#: Columns of the page that are other headings here.
_HEADINGS = {"system": ("system", "support"), "facts": ("last report",)}
_CHUNK = 500


def table(
    hosts: QuerySet[Host], now: datetime, chosen: Sequence[str] | None = None
) -> Iterator[list[str]]:
    """Headings and a line per host, read in chunks; ``chosen`` are the columns beside the name."""
    headings, added = _headings(chosen)
    yield [*headings, *(host_columns[name].title.lower() for name in added)]
    waiting = hosts.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(waiting, _CHUNK)):
        for row in rows(chunk, now, added):
            yield [*(_CELLS[heading](row) for heading in headings), *map(_plain, row.cells)]


def chosen_in(wanted: QueryDict) -> list[str] | None:
    """The columns an address asks for; None where it leaves them to us."""
    words = {word for text in wanted.getlist("columns") for word in text.split(",")}
    return columns_of(wanted) if words & offered().keys() else None


def _headings(chosen: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """The headings of a spreadsheet, and the columns of higher rooms behind them."""
    if chosen is None:
        return list(_CELLS), [name for name, _ in host_columns.items()]
    own = [name for name in chosen if name in COLUMNS and name not in host_columns]
    headings = [heading for name in own for heading in _HEADINGS.get(name, (name,))]
    return ["name", *headings], [name for name in chosen if name in host_columns]


def _plain(cell: tuple[str, SafeString]) -> str:
    return " ".join(strip_tags(cell[1].replace("<", " <")).split())
