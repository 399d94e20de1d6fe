"""The counts of a week, written at the end of each sweep; the last sweep of the week stands."""

from datetime import date, datetime, timedelta

from django.db.models import Count

from incidents.patterns.coverage import verdict_counts
from incidents.patterns.models import NEEDS_EYES, Flag, Pattern, WeeklyCount


def monday(moment: datetime) -> date:
    """The day the week of ``moment`` begins, in UTC."""
    return moment.date() - timedelta(days=moment.weekday())


def write(moment: datetime) -> None:
    """Note how verdicts and open flags of every enabled pattern stand."""
    counts = verdict_counts(seconds=None)
    standing = (
        Flag.objects.filter(state__in=NEEDS_EYES)
        .order_by()
        .values_list("pattern_id", "severity")
        .annotate(count=Count("pk"))
    )
    flags: dict[int, dict[str, int]] = {}
    for pattern, severity, count in standing:
        flags.setdefault(pattern, {})[severity] = count
    rows = [
        WeeklyCount(
            week=monday(moment),
            pattern_id=pk,
            verdicts=counts.get(slug, {}),
            open_flags=flags.get(pk, {}),
        )
        for pk, slug in Pattern.objects.filter(enabled=True).values_list("pk", "slug")
    ]
    WeeklyCount.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["week", "pattern"],
        update_fields=["verdicts", "open_flags"],
    )
