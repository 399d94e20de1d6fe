"""How incidents bear on each other: one repeats another, follows from it, or shares a factor.

A link is there only for whoever may see both of its ends.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.records.models import Incident, IncidentLink, IncidentLinkKind
from kb.accounts.models import User

#: A link read from its other end.
BACKWARDS = {
    IncidentLinkKind.REPEAT: "Repeated by",
    IncidentLinkKind.CONSEQUENCE: "Led to",
    IncidentLinkKind.SAME_FACTOR: "Same factor as",
}


@dataclass(frozen=True, slots=True)
class Bearing:
    """One link as it reads on the page of one of its ends."""

    link: IncidentLink
    words: str
    other: Incident


@transaction.atomic
def link(
    from_incident: Incident,
    to_incident: Incident,
    kind: str,
    *,
    by: User | None,
    note: str = "",
) -> IncidentLink:
    """``from_incident`` is a repeat of ``to_incident`` (or as ``kind`` says).  Twice is once.

    Raises ``ValidationError`` where an end is not there for ``by``, where both are one, or where
    the other direction stands already.
    """
    if kind not in IncidentLinkKind.values:
        known = ", ".join(IncidentLinkKind.values)
        raise ValidationError({"kind": f"A link is one of {known}."})
    if by is not None:
        for field, end in (("from_incident", from_incident), ("to_incident", to_incident)):
            if not Incident.objects.visible_to(by).filter(pk=end.pk).exists():
                raise ValidationError({field: f"There is no incident {end.pk}."})
    first, second = from_incident, to_incident
    if first.pk == second.pk:
        raise ValidationError({"to_incident": "An incident cannot be linked to itself."})
    if kind == IncidentLinkKind.SAME_FACTOR and first.pk > second.pk:
        first, second = second, first  # it reads the same from both ends
    elif _stands(second, first, kind):
        said = IncidentLinkKind(kind).label.lower()
        raise ValidationError(
            {"to_incident": f"#{second.pk} is a {said} #{first.pk} already; take that away first."}
        )
    made = IncidentLink(kind=kind, from_incident=first, to_incident=second, note=note, by=by)
    made.full_clean(validate_unique=False, validate_constraints=False)
    there, _ = IncidentLink.objects.get_or_create(
        kind=kind, from_incident=first, to_incident=second, defaults={"note": note, "by": by}
    )
    return there


def unlink(link: IncidentLink, *, by: User) -> None:
    """Take a link away; one that is gone already is gone."""
    IncidentLink.objects.visible_to(by).filter(pk=link.pk).delete()


def bearings(incident: Incident, user: User) -> list[Bearing]:
    """The links of an incident as this reader may know them."""
    links = (
        IncidentLink.objects.visible_to(user)
        .of(incident)
        .select_related("from_incident", "to_incident", "by")
    )
    return [_read_from(incident, one) for one in links]


def _read_from(incident: Incident, link: IncidentLink) -> Bearing:
    kind = IncidentLinkKind(link.kind)
    if link.from_incident_id == incident.pk:
        return Bearing(link, str(kind.label), link.to_incident)
    return Bearing(link, BACKWARDS[kind], link.from_incident)


def _stands(first: Incident, second: Incident, kind: str) -> bool:
    there = IncidentLink.objects.filter(kind=kind, from_incident=first, to_incident=second)
    return there.exists()
