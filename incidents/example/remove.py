"""Removing the example without a trace, and without touching what people wrote themselves."""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from incidents.digests.models import Subscription
from incidents.hosts.models import Host, RedundancyGroup, Service, Site, Upkeep
from incidents.patterns.models import FlagTransition, WeeklyCount
from incidents.records.models import Action, Incident, Lesson, TimelineEntry
from kb.accounts.models import Team
from kb.outbox.post import post
from kb.wiki import revisions
from kb.wiki.models import Page, Revisioned

EXAMPLE: dict[str, Any] = {"example": True}
TEXTS: tuple[tuple[type[Revisioned], str], ...] = (
    (Action, ""),
    (Incident, "incident"),
    (Lesson, "lesson"),
    (Page, "page"),
    (Service, "service"),
    (RedundancyGroup, "group"),
    (Host, "host"),
    (Site, "site"),
)


@transaction.atomic
def remove() -> int:
    """Take the example out; how many things that were."""
    _keep_what_is_not_ours()
    removed = _forget_timeline()
    ContentType.objects.clear_cache()
    for model, kind in TEXTS:
        rows: QuerySet[Any] = model._default_manager.filter(**EXAMPLE)
        pks = list(rows.values_list("pk", flat=True))
        revisions.forget(model, pks)
        rows.delete()
        removed += len(pks)
        for pk in pks:
            if kind:
                post("index", f"{kind}:{pk}")
    Upkeep.objects.filter(example=True).delete()
    Subscription.objects.filter(example=True).delete()
    Team.objects.filter(example=True, hosts=None, services=None, members=None).delete()
    _forget_weeks()
    return removed


def _keep_what_is_not_ours() -> None:
    """People's own actions stay when the example's incident they hang on goes."""
    Action.objects.filter(incident__example=True, example=False).update(incident=None)
    Team.objects.filter(example=True).exclude(members=None).update(example=False)


def _forget_timeline() -> int:
    lines = TimelineEntry.objects.filter(incident__example=True)
    revisions.forget(TimelineEntry, list(lines.values_list("pk", flat=True)))
    return lines.count()


def _forget_weeks() -> None:
    """Counts of weeks in which there was nothing but the example."""
    first = Host.objects.order_by("created_at").values_list("created_at", flat=True).first()
    begun: datetime | None = (
        FlagTransition.objects.order_by("at").values_list("at", flat=True).first()
    )
    moments = [moment for moment in (first, begun) if moment is not None]
    weeks = WeeklyCount.objects.all()
    if moments:
        weeks = weeks.filter(week__lt=min(moments).date())
    weeks.delete()
