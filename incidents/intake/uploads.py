"""An upload in the browser: read it, show what it would change, and store it on a yes.

Between the two nothing of it is in the fleet, and nothing is lost: what was read waits a day.  The
preview is the real thing, taken back: so the yes does what was shown, or says that the fleet has
moved meanwhile and shows it anew.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from incidents.facts.digest import Change, diff
from incidents.facts.errors import FactsError
from incidents.facts.readers import Report, is_table, read, read_rows, table
from incidents.hosts.identity import Known
from incidents.hosts.models import Host
from incidents.hosts.present import flat
from incidents.intake.models import Upload
from incidents.intake.take import Taken, take_many, taken_back
from kb.accounts.models import User

KEPT = timedelta(days=1)
MOST_REPORTS = 500
MOST_BYTES = 8 * 1024 * 1024
JUDGED_AT_ONCE = 50


class Stale(Exception):
    """The fleet is no longer as it was when the preview was shown."""


@dataclass(slots=True)
class Shown:
    """What an upload does to one host."""

    host: str
    created: bool
    changes: list[Change] = field(default_factory=list)
    written: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.created or self.changes or self.written)


@dataclass(slots=True)
class Preview:
    hosts: list[Shown]
    refused: list[tuple[str, str]]
    digest: str = ""

    @property
    def changing(self) -> int:
        return sum(one.anything for one in self.hosts)


def begin(
    files: Sequence[tuple[str, bytes]],
    *,
    by: User,
    now: datetime,
    format: str = "auto",
    host: str | None = None,
    source: str | None = None,
) -> Upload:
    """Read what was sent and keep it.  ``FactsError`` where nothing of it can be understood."""
    if sum(len(body) for _, body in files) > MOST_BYTES:
        raise FactsError(
            f"That is more than {MOST_BYTES // 2**20} MiB. Send it with curl, or `manage.py "
            "import_facts`, which take any number of hosts."
        )
    upload = Upload(by=by, created_at=now)
    for name, body in files:
        named = format == "auto" and name.lower().endswith((".csv", ".tsv"))
        if is_table(body, table.NAME if named else format):
            _keep_table(upload, name, body, source)
        else:
            upload.items += _read(name, body, now, format=format, host=host, source=source)
    good = [one for one in upload.items if "report" in one]
    if len(good) > MOST_REPORTS:
        raise FactsError(
            f"These are {len(good)} reports; a page shows up to {MOST_REPORTS}. Send them with "
            "curl or `manage.py import_facts`."
        )
    if not good and not upload.table:
        raise FactsError(
            [("", f"{one['name']}: {one['why']}") for one in upload.items]
            or "Choose a file, or paste what the tool printed."
        )
    upload.save(force_insert=True)
    return upload


def set_columns(upload: Upload, mapping: dict[str, str], *, overwrite: bool) -> None:
    """What the columns of a CSV list mean.  ``FactsError`` where that can't be."""
    wanted = {column: target for column, target in mapping.items() if target}
    for _ in read_rows(upload.table["text"], arrived_at=upload.created_at, mapping=wanted):
        break
    upload.table |= {"mapping": wanted, "overwrite": overwrite}
    upload.save(update_fields=["table"])


def is_over(upload: Upload, now: datetime) -> bool:
    """Whether it has waited too long for its yes."""
    return upload.done_at is None and now - upload.created_at > KEPT


def preview(upload: Upload, now: datetime) -> Preview:
    """What it would change now; nothing of it stays."""
    with taken_back():
        return _take(upload, now, judge=False)


@transaction.atomic
def confirm(upload: Upload, seen: str, now: datetime) -> Upload:
    """Store it as it was shown.  Twice is once; ``Stale`` where it would now do something else."""
    held = Upload.objects.select_for_update().get(pk=upload.pk)
    if held.done_at is not None:
        return held
    with transaction.atomic():
        done = _take(held, now, judge=len(held.items) <= JUDGED_AT_ONCE)
        if done.digest != seen:
            raise Stale
    held.outcome = {
        "hosts": [
            {
                "host": one.host,
                "created": one.created,
                "changed": sorted({_section(change.path) for change in one.changes}),
                "written": [name for name, _, _ in one.written],
                "flags": one.flags,
            }
            for one in done.hosts
        ],
        "refused": done.refused,
    }
    held.done_at, held.items, held.table = now, [], {}
    held.save(update_fields=["outcome", "done_at", "items", "table"])
    return held


def forget_old(now: datetime) -> int:
    """Uploads nobody said yes to, and the outcomes of old ones."""
    found = Upload.objects.filter(done_at=None, created_at__lt=now - 2 * KEPT)
    old = Upload.objects.filter(done_at__lt=now - 30 * KEPT)
    return found.delete()[0] + old.delete()[0]


# --- reading ------------------------------------------------------------------------------------


def _keep_table(upload: Upload, name: str, body: bytes, source: str | None) -> None:
    if upload.table:
        upload.items.append({"name": name, "why": "Only one CSV list at a time: send it apart."})
        return
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")  # as spreadsheets save it
    try:
        columns = table.headings(text)
        for _ in read_rows(text, arrived_at=upload.created_at):
            break
    except FactsError as error:
        if not table.headings(text) or error.status == 413:
            upload.items.append({"name": name, "why": str(error)})
            return
    upload.table = {
        "name": name,
        "text": text,
        "columns": columns,
        "mapping": table.guess(columns),
        "source": source or table.NAME,
        "overwrite": False,
    }


def _read(name: str, body: bytes, now: datetime, **said: Any) -> list[dict[str, Any]]:
    try:
        reports = read(body, arrived_at=now, file_name=name or None, **said)
    except FactsError as error:
        return [{"name": name, "why": str(error)}]
    return [{"name": name, "report": msgspec.to_builtins(report)} for report in reports]


def _reports(upload: Upload, now: datetime) -> Iterable[tuple[str, Report | FactsError]]:
    for item in upload.items:
        if "report" in item:
            yield item["name"], msgspec.convert(item["report"], Report)
        else:
            yield item["name"], FactsError(item["why"])
    if not upload.table:
        return
    try:
        for line, one in read_rows(
            upload.table["text"],
            arrived_at=upload.created_at,
            mapping=upload.table["mapping"] or None,
            source=upload.table["source"],
        ):
            yield f"line {line}", one
    except FactsError as error:
        yield upload.table["name"], error


# --- taking -------------------------------------------------------------------------------------


def _take(upload: Upload, now: datetime, *, judge: bool) -> Preview:
    told = list(_reports(upload, now))
    reports = [one for _, one in told if isinstance(one, Report)]
    before = {host.pk: host for host in Known(reports)}
    overwrite = bool(upload.table.get("overwrite"))
    taken = take_many(reports, arrived_at=now, judge=judge, by=upload.by, overwrite=overwrite)
    done = iter(taken)
    refused: list[tuple[str, str]] = []
    hosts: dict[int, Shown] = {}
    for name, one in told:
        result = next(done) if isinstance(one, Report) else one
        if isinstance(result, FactsError):
            refused.append((name, str(result)))
        else:
            _add(hosts, result)
    after = Host.objects.select_related("site", "owner", "parent").in_bulk(list(hosts))
    for pk, shown in hosts.items():
        _compare(shown, before.get(pk), after[pk])
    found = Preview(sorted(hosts.values(), key=lambda one: one.host), refused)
    found.digest = _digest(found)
    return found


def _add(hosts: dict[int, Shown], taken: Taken) -> None:
    one = taken.ingested
    shown = hosts.setdefault(one.host.pk, Shown(one.host.name, one.created))
    shown.notes += [note for note in one.notes if note not in shown.notes]
    shown.written += [(name, "", "") for name in taken.written]
    shown.flags += [f"opened: {flag['title']}" for flag in taken.opened or ()]
    shown.flags += [f"resolved: {flag['title']}" for flag in taken.resolved or ()]


def _compare(shown: Shown, before: Host | None, after: Host) -> None:
    told = diff(before.facts if before else {}, after.facts, volatile=True)
    shown.changes = [line for change in told for line in _lines(change)]
    names = sorted({name for name, _, _ in shown.written})
    shown.written = [
        (name, _words(getattr(before, name)) if before else "", _words(getattr(after, name)))
        for name in names
    ]


def _lines(change: Change) -> Iterator[Change]:
    """A whole section or list that is new or gone, value by value."""
    if change.old is None:
        yield from (Change(path, None, value) for path, value in flat(change.path, change.new))
    elif change.new is None:
        yield from (Change(path, value, None) for path, value in flat(change.path, change.old))
    else:
        yield change


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _section(path: str) -> str:
    return path.split(".")[0].split("[")[0]


def _digest(found: Preview) -> str:
    said = [
        [one.host, one.created, [[c.path, c.old, c.new] for c in one.changes], one.written]
        for one in found.hosts
    ]
    whole = json.dumps([said, found.refused], sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()
