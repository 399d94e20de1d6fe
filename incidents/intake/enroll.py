"""Writing into the register what an inventory says: site, role, owner and the like.

An inventory fills what nobody filled, and changes what it said itself before.  What a person wrote
stands, and the answer says so; with ``overwrite`` the person at the door decided otherwise.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from incidents.facts.readers import Register, Report
from incidents.hosts import register
from incidents.hosts.ingest import Ingested
from incidents.hosts.models import Host, Site
from incidents.intake.models import InventoryWords
from kb.accounts.models import Team, User
from kb.wiki.revisions import Saved

PLAIN = ("role", "environment", "criticality", "rack")
LENGTHS = {"role": 60, "environment": 60, "rack": 60}


def enroll(
    ingested: Ingested, report: Report, *, by: User | None = None, overwrite: bool = False
) -> list[str]:
    """The fields that were written; what was left alone goes into the notes of ``ingested``.

    Call it inside the transaction that took the facts in.
    """
    said = report.register
    if said is None or said == Register():
        return []
    wanted = _wanted(said, ingested.host, ingested.notes, by)
    words, _ = InventoryWords.objects.get_or_create(host=ingested.host, source=report.source)
    host = Host.objects.get(pk=ingested.host.pk)
    changes = _changes(host, wanted, words.said, ingested.notes, overwrite)
    spoken = {name: _plain(value) for name, value in wanted.items()}
    if spoken != words.said:
        words.said = spoken
        words.save(update_fields=["said"])
    return _save(host, changes, report.source, ingested.notes, by) if changes else []


def site_for(slug: str, name: str | None, by: User | None, address: str = "") -> Site:
    """The site of that slug or name, made where there is none."""
    found = Site.objects.filter(slug=slugify(slug)[:80]).first()
    found = found or Site.objects.filter(name__iexact=name or slug).first()
    if found is not None:
        return found
    site = Site(slug=slugify(slug)[:80], name=(name or slug)[:160], address=address)
    return register.create(site, by=by, comment="From an inventory").current


def _wanted(said: Register, host: Host, notes: list[str], by: User | None) -> dict[str, Any]:
    """Column → what the inventory would have there."""
    wanted: dict[str, Any] = {
        name: value[: LENGTHS.get(name, 10)] for name in PLAIN if (value := getattr(said, name))
    }
    if said.tags:
        wanted["tags"] = sorted(said.tags)
    if said.site and slugify(said.site):
        try:
            with transaction.atomic():
                wanted["site"] = site_for(said.site, said.site_name, by)
        except ValidationError as error:
            notes.append(f"The site {said.site!r} could not be made: {'; '.join(error.messages)}")
    if said.owner:
        slug = slugify(said.owner)
        team = Team.objects.filter(slug=slug).first()
        team = team or Team.objects.filter(name__iexact=said.owner).first()
        if team is None:
            notes.append(f"There is no team {said.owner!r}, so the owner was left alone.")
        else:
            wanted["owner"] = team
    if said.parent:
        around = Host.objects.filter(name=said.parent).exclude(pk=host.pk).first()
        if around is None:
            notes.append(f"It runs inside {said.parent!r}, which is not known yet.")
        else:
            wanted["parent"] = around
    return wanted


def _changes(
    host: Host, wanted: dict[str, Any], before: dict[str, Any], notes: list[str], overwrite: bool
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in wanted.items():
        stands = getattr(host, name)
        if name == "tags":
            mine = set(before.get("tags", ()))
            kept = [tag for tag in stands if tag not in mine and tag not in value]
            value = kept + value
            if sorted(value) != sorted(stands):
                changes[name] = value
        elif stands == value:
            continue
        elif not stands or overwrite or _plain(stands) == before.get(name):
            changes[name] = value
        else:
            notes.append(f"It says {name} {value}; {stands} stands there and was left.")
    return changes


def _plain(value: Any) -> Any:
    """A value as JSON: links by what they are called."""
    if isinstance(value, (Site, Team)):
        return value.slug
    return value.name if isinstance(value, Host) else value


def _save(
    host: Host, changes: dict[str, Any], source: str, notes: list[str], by: User | None
) -> list[str]:
    try:
        with transaction.atomic():
            saved = register.save(
                host, expected=host.revision, by=by, changes=changes, comment=f"From {source}"
            )
    except ValidationError as error:
        notes.append(f"The register was left alone: {'; '.join(error.messages)}")
        return []
    return sorted(changes) if isinstance(saved, Saved) and saved.changed else []
