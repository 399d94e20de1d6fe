"""Shelf lives: for how many days a section is good, by section, by source, or for everything.

What people set is in the database; where nobody set anything, ``SHELF_LIFE_DAYS`` of the
environment counts.  A change acts with the next question anybody asks; the whole fleet is judged
again in the background (outbox topic ``shelf-lives``).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from incidents.facts.document.fields import suggest
from incidents.facts.document.nodes import tree
from incidents.facts.merge import MANUAL, ShelfLives
from incidents.hosts.models import FactHistory, ShelfLife
from kb.accounts.models import User
from kb.outbox.post import post

TOPIC = "shelf-lives"
LEAST_DAYS = 1 / 24
"""No shelf life is shorter than an hour: most tools report no oftener."""
MOST_DAYS = 3650


def shelf_lives(at: datetime | None = None) -> ShelfLives:
    """Those in force now, or those that were at a moment: one query."""
    rows = in_force(at).values_list("section", "source", "days")
    return lives_of(rows)


def in_force(at: datetime | None = None) -> QuerySet[ShelfLife]:
    """The rows that count now, or that counted at a moment."""
    if at is None:
        return ShelfLife.objects.filter(ended_at=None)
    return ShelfLife.objects.filter(at__lte=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))


def lives_of(rows: Iterable[tuple[str, str, float]]) -> ShelfLives:
    """(section, source, days) as the rule wants them; an empty name stands for all."""
    default: float = settings.SHELF_LIFE_DAYS
    sections: dict[str, float] = {}
    sources: dict[str, float] = {}
    pairs: dict[tuple[str, str], float] = {}
    for section, source, days in rows:
        if section and source:
            pairs[section, source] = days
        elif section:
            sections[section] = days
        elif source:
            sources[source] = days
        else:
            default = days
    return ShelfLives(default, sections, sources, pairs)


def log() -> QuerySet[ShelfLife]:
    """Everything that was ever set, the newest first."""
    return ShelfLife.objects.select_related("by", "ended_by").order_by("-at", "-pk")


@transaction.atomic
def put(
    section: str, source: str, days: float, *, by: User | None, now: datetime, because: str = ""
) -> ShelfLife:
    """Set one.  ``ValidationError`` names the field; the same value again changes nothing."""
    _check(section, source, days)
    standing = _standing(section, source)
    if standing is not None and standing.days == days:
        return standing
    if standing is not None:
        _end(standing, by, now)
    try:
        with transaction.atomic():
            row = ShelfLife.objects.create(
                section=section, source=source, days=days, because=because, by=by, at=now
            )
    except IntegrityError:
        raise ValidationError(
            {"days": "Somebody set this one at the same moment. Look at it and set it again."}
        ) from None
    _tell(now)
    return row


@transaction.atomic
def take_back(section: str, source: str, *, by: User | None, now: datetime) -> bool:
    """Let the more general setting count again; whether there was anything to take back."""
    standing = _standing(section, source)
    if standing is None:
        return False
    _end(standing, by, now)
    _tell(now)
    return True


def sources_in_use() -> list[str]:
    """Every source that ever reported, what people enter by hand left out."""
    told = FactHistory.objects.filter(until=None).exclude(source=MANUAL).order_by("source")
    names = told.values_list("source", flat=True).distinct()
    return [name for name in names if name != "register"]


def _standing(section: str, source: str) -> ShelfLife | None:
    rows = ShelfLife.objects.select_for_update()
    return rows.filter(section=section, source=source, ended_at=None).first()


def _end(row: ShelfLife, by: User | None, now: datetime) -> None:
    row.ended_at, row.ended_by = max(now, row.at + timedelta(microseconds=1)), by
    row.save(update_fields=["ended_at", "ended_by"])


def _tell(now: datetime) -> None:
    post(TOPIC, "fleet", {"since": now.isoformat()})


def _check(section: str, source: str, days: float) -> None:
    wrong: dict[str, str] = {}
    if section and section not in tree():
        wrong["section"] = (
            f"There is no section {section!r}.{suggest(section, tree())} "
            "Leave it empty for every section."
        )
    if source == MANUAL:
        wrong["source"] = "What people enter by hand does not age; it stays until it is changed."
    if not LEAST_DAYS <= days <= MOST_DAYS:
        wrong["days"] = f"Between an hour (0.05) and {MOST_DAYS:,} days; {days:g} is not."
    if wrong:
        raise ValidationError(wrong)
