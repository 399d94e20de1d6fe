"""The order of triage: the greatest risk first, then what has been waiting longest."""

from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from incidents.patterns.evaluate import SEVERITIES
from incidents.patterns.models import Flag


def _rank(column: str) -> Case:
    ranks = [When(**{column: word}, then=Value(n)) for n, word in enumerate(SEVERITIES, start=1)]
    return Case(*ranks, default=Value(0), output_field=IntegerField())


def by_risk(flags: QuerySet[Flag]) -> QuerySet[Flag]:
    """Severity times likelihood, as ``evaluate.risk`` counts it, worked out by the database."""
    return flags.annotate(
        risk=_rank("severity") * _rank("pattern__likelihood"), rank=_rank("severity")
    ).order_by("-risk", "-rank", F("opened_at").asc(nulls_last=True), "pk")
