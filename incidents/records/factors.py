"""The taxonomy of contributing factors: what ships, and how a team lets it grow.

Several may have contributed to one incident; none is called the root.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from incidents.records.models import Factor, Incident
from kb.accounts.models import User
from kb.wiki.pages import TAKEN, free_slug

#: slug: (name, what belongs here).
FACTORS = {
    "capacity": (
        "Capacity: too little of something",
        "Disk, memory, connections, people on shift: it ran out, or nearly.",
    ),
    "change": (
        "A change: deployed, configured or moved",
        "Something was different from before, whether or not the change was right in itself.",
    ),
    "communication": (
        "Communication between people",
        "Somebody knew and somebody else did not; a hand-over lost something on the way.",
    ),
    "configuration": (
        "Configuration that was wrong or had drifted",
        "What was set differed from what was meant, or from its twin.",
    ),
    "data": (
        "Data: lost, wrong or without a copy",
        "The content itself: missing, broken, or only in one place.",
    ),
    "dependency": (
        "A dependency outside our hands",
        "A supplier, a package source, another team's service.",
    ),
    "design": (
        "Design: built so that it could fail this way",
        "The shape of the system made it likely: one of something where two were needed.",
    ),
    "detection": (
        "Detection: nobody was told, or too late",
        "Nothing watched for it, or the alarm went where nobody looks.",
    ),
    "environment": (
        "Environment: power, cooling, network, site",
        "What surrounds the machines, and getting to them.",
    ),
    "hardware": ("Hardware", "A part wore out, broke, or did not fit."),
    "knowledge": (
        "Knowledge: known to few, or written nowhere",
        "Who could have helped had left, slept, or never wrote it down.",
    ),
    "process": (
        "Process: a step missing, or never rehearsed",
        "The way it is usually done did not carry this case.",
    ),
    "security": ("Security", "Somebody got in, or the way to keep them out did harm."),
    "software": (
        "Software: a fault in it, or its age",
        "A bug, a version no longer looked after, an upgrade that could not be had.",
    ),
    "time": (
        "Time: pressure, tiredness, clocks, too few people",
        "A deadline, the hour of the night, or clocks that disagreed.",
    ),
}


@transaction.atomic
def load_factors() -> None:
    """Bring the taxonomy to what ships now; what a team added or reworded stays theirs."""
    there = {factor.slug: factor for factor in Factor.objects.all()}
    made = [
        Factor(slug=slug, name=name, about=about, origin="library")
        for slug, (name, about) in FACTORS.items()
        if slug not in there
    ]
    Factor.objects.bulk_create(made, ignore_conflicts=True)
    for slug, (name, about) in FACTORS.items():
        old = there.get(slug)
        # From before they had a description: still as shipped.
        if old is not None and not old.about:
            Factor.objects.filter(pk=old.pk).update(name=name, about=about, origin="library")


@transaction.atomic
def add_factor(*, name: str, about: str = "", slug: str = "") -> Factor:
    """One more kind of factor.  Its slug is made from the name and then stays for ever."""
    same = Factor.objects.filter(name__iexact=name.strip()).first()
    if same is not None:
        raise ValidationError({"name": f"There is one of this name already: {same.slug}."})
    if slug in TAKEN:
        raise ValidationError({"slug": f"{slug!r} is an address of its own; choose another."})
    short = name.split(":")[0]
    factor = Factor(
        slug=slug or free_slug(Factor, short)[:60], name=name.strip(), about=about, origin="team"
    )
    factor.full_clean()
    factor.save(force_insert=True)
    return factor


@transaction.atomic
def change_factor(factor: Factor, **fields: Any) -> Factor:
    """Reword it, or stop offering it; incidents that name it keep it."""
    current = Factor.objects.select_for_update().get(pk=factor.pk)
    for name, value in fields.items():
        setattr(current, name, value)
    current.full_clean()
    current.save(update_fields=[*fields])
    return current


def with_counts(user: User) -> models.QuerySet[Factor]:
    """Each with ``named``: by how many incidents this reader may see."""
    seen = models.Q(incidents__in=Incident.objects.visible_to(user))
    return Factor.objects.annotate(named=models.Count("incidents", filter=seen, distinct=True))
