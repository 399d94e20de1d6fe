"""Incidents that resemble one, with why: words, hosts, factors and lessons in common.

It works while somebody is still writing, so it reads no more than the newest few thousand
incidents the reader may see, and of those only title and summary.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import log
from typing import Any

from django.db.models import Q

from incidents.records.models import Incident, IncidentHost, IncidentLink, IncidentLinkKind
from kb.accounts.models import User

MOST_READ = 2000
SHOWN = 5
LONGEST = 20_000  # characters of a draft that are looked at
SOON_AFTER = timedelta(days=1)
ENOUGH = 2.0
WORD = re.compile(r"[a-z0-9][a-z0-9._-]{2,40}")
COMMON = frozenset(
    word
    for line in (
        "about after again all also and any are because been before but can could did does down",
        "each for from had has have here host hosts how into its just more most not now off only",
        "other our out over server servers some such system than that the their them then there",
        "these they this too under until was were what when where which while who why will with",
        "would yet you",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of an incident so far, written or still being written."""

    text: str
    hosts: frozenset[str] = frozenset()
    factors: frozenset[str] = frozenset()
    lessons: frozenset[str] = frozenset()
    pk: int | None = None
    at: datetime | None = None


@dataclass(slots=True)
class Similar:
    """Another incident and what both have in common; ``kind`` is the link it suggests."""

    incident: Incident
    words: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    factors: list[str] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    score: float = 0.0
    kind: str = ""

    @property
    def says(self) -> str:
        return str(IncidentLinkKind(self.kind).label).lower() if self.kind else ""


def draft_of(incident: Incident) -> Draft:
    """An incident with hosts, factors and lessons at hand."""
    return Draft(
        text=f"{incident.title}\n{incident.summary}",
        hosts=frozenset(link.host.name for link in incident.host_links.all()),
        factors=frozenset(one.slug for one in incident.factors.all()),
        lessons=frozenset(one.slug for one in incident.lessons.all() if one.deleted_at is None),
        pk=incident.pk,
        at=incident.happened_at,
    )


def similar(draft: Draft, user: User) -> list[Similar]:
    """The most alike first.  Five questions, however many incidents there are."""
    seen = Incident.objects.visible_to(user)
    columns = ("title", "summary", "severity", "kind", "visibility", "started_at", "detected_at",
               "created_at")  # fmt: skip
    rows = list(seen.exclude(pk=draft.pk or 0).only(*columns).newest_first()[:MOST_READ])
    if not rows:
        return []
    there = {one.pk: Similar(one) for one in rows}
    _by_names(there, draft)
    _by_words(there, draft)
    found = [one for one in there.values() if one.score >= ENOUGH]
    found.sort(key=lambda one: (-one.score, -one.incident.pk))
    linked = _linked(draft.pk)
    for one in found[:SHOWN]:
        one.kind = "" if one.incident.pk in linked else _suggested(draft, one)
    return found[:SHOWN]


def _by_names(there: dict[int, Similar], draft: Draft) -> None:
    """Hosts, factors and lessons: the rarer among incidents, the more they tell."""
    through: Any
    for name, wanted, through, column, weight in (
        ("hosts", draft.hosts, IncidentHost, "host__name", 1.5),
        ("factors", draft.factors, Incident.factors.through, "factor__slug", 0.7),
        ("lessons", draft.lessons, Incident.lessons.through, "lesson__slug", 2.0),
    ):
        if not wanted:
            continue
        having: dict[str, list[int]] = defaultdict(list)
        rows = through.objects.filter(**{f"{column}__in": wanted})
        for value, pk in rows.values_list(column, "incident_id"):
            if pk in there:
                having[value].append(pk)
        for value, pks in sorted(having.items()):
            for pk in pks:
                getattr(there[pk], name).append(value)
                there[pk].score += weight * (1 + _rarity(len(there), len(pks)))


def _by_words(there: dict[int, Similar], draft: Draft) -> None:
    mine = words_of(draft.text[:LONGEST])
    theirs = {pk: words_of(f"{s.incident.title}\n{s.incident.summary}") for pk, s in there.items()}
    spread = Counter(word for words in theirs.values() for word in words & mine)
    for pk, words in theirs.items():
        common = sorted(words & mine, key=lambda word: (spread[word], word))[:6]
        if len(common) < 2 and not there[pk].score:
            continue
        there[pk].words = common
        there[pk].score += sum(_rarity(len(there), spread[word]) for word in common)


def _rarity(all_of_them: int, having: int) -> float:
    return log(1 + all_of_them / having)


@lru_cache(maxsize=4096)
def words_of(text: str) -> frozenset[str]:
    """The telling words of a text."""
    words = (word.strip("._-") for word in WORD.findall(text.lower()))
    return frozenset(word for word in words if len(word) > 2 and word not in COMMON)


def _linked(pk: int | None) -> set[int]:
    """Incidents that are linked with this one already."""
    if pk is None:
        return set()
    ends = IncidentLink.objects.filter(Q(from_incident=pk) | Q(to_incident=pk)).order_by()
    return {end for both in ends.values_list("from_incident", "to_incident") for end in both}


def _suggested(draft: Draft, one: Similar) -> str:
    """The link that what they share speaks for; a later incident is not suggested as a cause."""
    if draft.at is None or draft.pk is None:
        return ""
    apart = draft.at - one.incident.happened_at
    if apart >= timedelta(0):
        if one.hosts and apart <= SOON_AFTER:
            return IncidentLinkKind.CONSEQUENCE
        if one.lessons or (one.hosts and len(one.words) > 1):
            return IncidentLinkKind.REPEAT
    return IncidentLinkKind.SAME_FACTOR if one.factors else ""


# --- a lesson learned again -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relearned:
    """A lesson of an incident that earlier ones had taught already, newest of those first."""

    title: str
    slug: str
    earlier: list[Incident]


def relearned(incident: Incident, user: User) -> list[Relearned]:
    """The lessons that are being learned again, as far as this reader may know."""
    lessons = {one.pk: one for one in incident.lessons.all() if one.deleted_at is None}
    if not lessons:
        return []
    rows = Incident.lessons.through.objects.filter(lesson__in=lessons).exclude(incident=incident.pk)
    taught: dict[int, set[int]] = defaultdict(set)
    for number, pk in rows.values_list("lesson_id", "incident_id"):
        taught[number].add(pk)
    before = _earlier({pk for pks in taught.values() for pk in pks}, incident, user)
    found = []
    for pk, lesson in lessons.items():
        earlier = [one for one in before if one.pk in taught[pk]]
        if earlier:
            found.append(Relearned(lesson.title, lesson.slug, earlier))
    return sorted(found, key=lambda one: one.title)


def _earlier(pks: Iterable[int], incident: Incident, user: User) -> list[Incident]:
    wanted = list(pks)
    if not wanted:
        return []
    seen = Incident.objects.visible_to(user).filter(pk__in=wanted)
    rows = seen.only("title", "started_at", "detected_at", "created_at").newest_first()
    return [one for one in rows if one.happened_at < incident.happened_at]
