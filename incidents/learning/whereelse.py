"""Where else could this happen?  The hosts that an incident's patterns flag today."""

from dataclasses import dataclass

from incidents.patterns.models import Flag, FlagQuerySet, Pattern
from incidents.records.lessons import watchers
from incidents.records.models import Incident
from kb.accounts.models import User


@dataclass(frozen=True, slots=True)
class WhereElse:
    """``patterns`` is what was asked, ``elsewhere`` and ``here`` the open flags it found.

    Without a pattern nobody is asked, and the honest answer is that nobody knows.
    """

    patterns: list[Pattern]
    elsewhere: list[Flag]
    here: list[Flag]
    more: int = 0


MOST = 25  # hosts named beside an incident; the triage page lists them all


def where_else(incident: Incident, user: User) -> WhereElse:
    """Open flags of the incident's own patterns and of those that watch for its lessons."""
    patterns = _patterns(incident)
    if not patterns:
        return WhereElse([], [], [])
    flags: FlagQuerySet = (
        Flag.objects.visible_to(user)
        .needing_eyes()
        .filter(pattern__in=patterns)
        .select_related("host", "pattern")
        .only("severity", "sentence", "host__name", "pattern__slug", "pattern__title")
        .order_by("host__name", "pattern__slug")
    )
    involved = {link.host_id for link in incident.host_links.all()}
    found = list(flags)
    elsewhere = [flag for flag in found if flag.host_id not in involved]
    here = [flag for flag in found if flag.host_id in involved]
    return WhereElse(patterns, elsewhere[:MOST], here[:MOST], max(len(elsewhere) - MOST, 0))


def _patterns(incident: Incident) -> list[Pattern]:
    lessons = [lesson.slug for lesson in incident.lessons.all()]
    watching = [pattern for patterns in watchers(lessons).values() for pattern in patterns]
    named = {pattern.pk: pattern for pattern in [*incident.patterns.all(), *watching]}
    return sorted((pattern for pattern in named.values() if pattern.enabled), key=lambda p: p.title)
