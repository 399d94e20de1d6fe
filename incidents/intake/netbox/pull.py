"""Walking through NetBox: sites, devices, virtual machines, a page at a time.

Each page is stored in one transaction with the place where the walk goes on, so one that was
killed is taken up there, and one that is done twice changes nothing.  A result is kept for every
object.  What NetBox no longer lists is told, never retired by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from incidents.facts.errors import FactsError
from incidents.facts.readers import Report, netbox, read
from incidents.hosts import register
from incidents.hosts.models import Host
from incidents.intake.enroll import site_for
from incidents.intake.models import Pull, PulledObject
from incidents.intake.netbox.client import Client, NetBoxError
from incidents.intake.take import Taken, take_many
from kb.web.words import count

STEPS = (
    ("dcim/sites", "site"),
    ("dcim/devices", "device"),
    ("virtualization/virtual-machines", "vm"),
)
QUIET = timedelta(minutes=5)
"""A pull that was silent for so long was killed, and may be taken up."""
TAKEN_UP = timedelta(days=1)
"""An older one begins anew: the list has moved on."""
KEPT = 30


class AlreadyPulling(Exception):
    """Another pull is at work."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one object."""

    key: str
    name: str
    ok: bool
    result: str
    host: Host | None = None
    changed: bool = False


def client() -> Client:
    """For the NetBox of the settings; ``NetBoxError`` says what is missing."""
    if not settings.NETBOX_URL or not settings.NETBOX_TOKEN:
        raise NetBoxError("Set NETBOX_URL and NETBOX_TOKEN (or NETBOX_TOKEN_FILE) first.")
    return Client(
        settings.NETBOX_URL,
        settings.NETBOX_TOKEN,
        settings.NETBOX_FILTER,
        settings.NETBOX_SECONDS,
    )


def is_due(now: datetime) -> bool:
    """Whether the next pull should begin, or a broken one go on."""
    if not settings.NETBOX_URL or not settings.NETBOX_TOKEN:
        return False
    last = Pull.objects.first()
    if last is None:
        return True
    if last.finished_at is None and not last.error:
        return now - last.alive_at > QUIET
    wait = timedelta(hours=1) if last.error else timedelta(hours=settings.NETBOX_HOURS)
    return now - last.started_at >= min(wait, timedelta(hours=settings.NETBOX_HOURS))


def run(source: Client, now: datetime, *, told: Any = None) -> Pull:
    """Pull everything, from where a broken pull stopped.  ``told`` hears of each page's rows."""
    pull = _begin(now)
    try:
        while pull.step < len(STEPS):
            _page(source, pull, told)
    except NetBoxError as error:
        pull.error = str(error)
        pull.save(update_fields=["error"])
        raise
    _finish(pull)
    return pull


@transaction.atomic
def _begin(now: datetime) -> Pull:
    last = Pull.objects.select_for_update().first()
    if last is not None and last.finished_at is None:
        if not last.error and now - last.alive_at < QUIET:
            raise AlreadyPulling("Another pull is at work; look again in some minutes.")
        if now - last.started_at < TAKEN_UP:
            last.alive_at, last.error = now, ""
            last.save(update_fields=["alive_at", "error"])
            return last
    old = Pull.objects.values_list("pk", flat=True)[KEPT:]
    Pull.objects.filter(pk__in=list(old)).delete()
    return Pull.objects.create(started_at=now, alive_at=now)


def _page(source: Client, pull: Pull, told: Any) -> None:
    path, kind = STEPS[pull.step]
    page = source.page(path, pull.offset, filtered=kind != "site")
    now = timezone.now()
    with transaction.atomic():
        rows = _sites(page.results) if kind == "site" else _hosts(kind, page.results, now)
        _keep(pull, rows, now)
        pull.rows += len(rows)
        pull.changed += sum(row.changed for row in rows)
        pull.refused += sum(not row.ok for row in rows)
        if page.following is None:
            pull.step, pull.offset = pull.step + 1, 0
        else:
            pull.offset = page.following
        pull.alive_at = timezone.now()
        pull.save()
    if told is not None:
        told(rows)


def _sites(results: Sequence[Any]) -> list[Row]:
    rows = []
    for raw in results:
        key, name = _key("site", raw), _named(raw)
        try:
            place = netbox.place_of(raw if isinstance(raw, dict) else {})
            address = place.get("address", "")
            with transaction.atomic():
                site = site_for(place["slug"], place["name"], None, address)
                if address and not site.address:
                    register.save(
                        site,
                        expected=site.revision,
                        by=None,
                        changes={"address": address},
                        comment="From netbox",
                    )
            rows.append(Row(key, name, True, f"site {site.slug}"))
        except FactsError as error:
            rows.append(Row(key, name, False, str(error)))
        except ValidationError as error:
            rows.append(Row(key, name, False, "; ".join(error.messages)))
    return rows


def _hosts(kind: str, results: Sequence[Any], now: datetime) -> list[Row]:
    """One row for each object, in their order; a bad one spoils no other."""
    read_: list[Report | FactsError] = [_read(raw, now) for raw in results]
    keys = [_key(kind, raw) for raw in results]
    held = {
        one.key: one for one in PulledObject.objects.filter(key__in=keys).select_related("host")
    }
    for key, one in zip(keys, read_, strict=True):
        if isinstance(one, Report) and key in held:
            _rename(held[key], one)
    reports = [one for one in read_ if isinstance(one, Report)]
    done = iter(take_many(reports, arrived_at=now, judge=False) if reports else [])
    return [
        _row(key, _named(raw), next(done) if isinstance(one, Report) else one)
        for key, raw, one in zip(keys, results, read_, strict=True)
    ]


def _read(raw: Any, now: datetime) -> Report | FactsError:
    try:
        (report,) = read(raw if isinstance(raw, dict) else [], arrived_at=now, format=netbox.NAME)
    except FactsError as error:
        return error
    return report


def _rename(held: PulledObject, report: Report) -> None:
    """An object that bears another name since the last pull is the same host, renamed."""
    host, name = held.host, report.host
    if host is None or name is None or host.name == name or host.name != held.name:
        return
    if not Host.objects.filter(name=name).exists():
        register.save(
            host,
            expected=host.revision,
            by=None,
            changes={"name": name},
            comment="Renamed in netbox",
        )


def _row(key: str, name: str, done: Taken | FactsError) -> Row:
    if isinstance(done, FactsError):
        return Row(key, name, False, str(done))
    said = ["new host"] if done.ingested.created else []
    if done.ingested.changed and not done.ingested.created:
        said.append(f"changed {', '.join(done.ingested.changed)}")
    if done.written:
        said.append(f"wrote {', '.join(done.written)}")
    changed = bool(said)
    result = ". ".join(["; ".join(said) or "nothing new", *done.ingested.notes])
    return Row(key, name, True, result, done.ingested.host, changed)


def _keep(pull: Pull, rows: Sequence[Row], now: datetime) -> None:
    kept = {
        row.key: PulledObject(
            key=row.key,
            name=row.name,
            host=row.host,
            ok=row.ok,
            result=row.result[:2000],
            pull=pull,
            seen_at=now,
        )
        for row in rows
    }
    PulledObject.objects.bulk_create(
        kept.values(),
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name", "host", "ok", "result", "pull", "seen_at", "gone_at"],
    )


@transaction.atomic
def _finish(pull: Pull) -> None:
    pull.finished_at = timezone.now()
    pull.save(update_fields=["finished_at"])
    gone = PulledObject.objects.filter(gone_at=None, seen_at__lt=pull.started_at)
    gone.update(gone_at=pull.finished_at, result="NetBox no longer lists it. Retire the host?")


def _key(kind: str, raw: Any) -> str:
    number = raw.get("id") if isinstance(raw, dict) else None
    return f"{kind}:{number}"[:60]


def _named(raw: Any) -> str:
    name = raw.get("name") if isinstance(raw, dict) else None
    return str(name or "(no name)")[:253]


def summary(pull: Pull) -> str:
    """How it went, in words."""
    said = f"{count(pull.rows, 'object')}, {pull.changed} changed something, {pull.refused} refused"
    gone = PulledObject.objects.filter(gone_at__gte=pull.started_at).count()
    return said + (f", {gone} no longer in NetBox" if gone else "")
