"""What a write-up still lacks: worked out from what is there, never ticked by hand; no block."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incidents.records.models import Incident, IncidentKind


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a reader would miss.

    ``code`` is stable; ``field`` is where to write it; ``light`` ones belong to the short form.
    """

    code: str
    field: str
    words: str
    why: str
    light: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    missing: Missing
    lacks: Callable[[Incident], bool]


def _empty(field: str) -> Callable[[Incident], bool]:
    return lambda incident: not getattr(incident, field).strip()


def _none(field: str) -> Callable[[Incident], bool]:
    return lambda incident: getattr(incident, field) is None


def _links(name: str) -> Callable[[Incident], bool]:
    def lacks(incident: Incident) -> bool:
        rows = getattr(incident, name)
        # A timeline may have thousands of lines: they are not read to see that there is one.
        prefetched = name in getattr(incident, "_prefetched_objects_cache", {})
        return not (rows.all() if prefetched else rows.exists())

    return lacks


def _happened(incident: Incident) -> bool:
    return incident.kind == IncidentKind.INCIDENT


def _without_source(incident: Incident) -> bool:
    known = {"started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at"}
    given = {name.removesuffix("_at") for name in known if getattr(incident, name) is not None}
    return bool(given - set(incident.time_sources or {}))


def _open_ends(incident: Incident) -> bool:
    """Actions are there, and one has neither an owner nor a day."""
    return any(
        action.state == "open"
        and ((action.owner_id is None and action.team_id is None) or action.due is None)
        for action in incident.actions.all()
    )


def _only_when(condition: Callable[[Incident], bool], lacks: Callable[[Incident], bool]) -> Any:
    return lambda incident: condition(incident) and lacks(incident)


_RULES = (
    _Rule(Missing("no-summary", "summary", "What happened, in three sentences",
                  "It is all that most readers read.", light=True), _empty("summary")),
    _Rule(Missing("no-impact", "impact", "Impact",
                  "Who could not do what, and for how long.", light=True), _empty("impact")),
    _Rule(Missing("no-host", "hosts_affected", "A host",
                  "Without one, no host's page remembers it.", light=True), _links("host_links")),
    _Rule(Missing("no-start", "started_at", "When it started",
                  "How long it lasted is counted from here.", light=True), _none("started_at")),
    _Rule(Missing("no-detection-time", "detected_at", "When somebody knew",
                  "How long nobody knew is counted from the start to this."), _none("detected_at")),
    _Rule(Missing("no-mitigation-time", "mitigated_at", "When the harm had ended",
                  "How long it hurt is counted up to here."),
          _only_when(_happened, _none("mitigated_at"))),
    _Rule(Missing("no-end", "resolved_at", "When it was over",
                  "How long it lasted is counted up to here.", light=True),
          _only_when(_happened, _none("resolved_at"))),
    _Rule(Missing("no-time-source", "source_started", "Where the times come from",
                  "A log, an alarm, or somebody's memory: it says how far to trust them."),
          _without_source),
    _Rule(Missing("no-timeline", "timeline", "A timeline",
                  "Begin with what is certain: when it was noticed, and by whom."),
          _links("timeline")),
    _Rule(Missing("no-trigger", "trigger", "What set it off",
                  "The event, apart from what made it possible."), _empty("trigger")),
    _Rule(Missing("no-detection", "detection", "How it was noticed",
                  "An alarm, a customer, or luck?"), _empty("detection")),
    _Rule(Missing("no-factor", "factors", "Contributing factors",
                  "Several may have contributed; they are how incidents are found together."),
          _links("factors")),
    _Rule(Missing("no-recovery", "recovery", "Recovery",
                  "Which backup or fallback worked, and when it had last been tested."),
          _only_when(_happened, _empty("recovery"))),
    _Rule(Missing("no-lesson", "lessons", "A lesson",
                  "What should the next person know?"), _links("lessons")),
    _Rule(Missing("no-action", "actions", "An action",
                  "What would have stopped it, or halved it?"), _links("actions")),
    _Rule(Missing("action-without-owner-or-day", "actions", "An owner and a day for every action",
                  "What is nobody's, or is due some day, is not done."), _open_ends),
)  # fmt: skip

CODES = tuple(rule.missing.code for rule in _RULES)


def missing(incident: Incident) -> list[Missing]:
    """What a reader would miss, in the order of the write-up."""
    return [rule.missing for rule in _RULES if rule.lacks(incident)]
