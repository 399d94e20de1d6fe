"""What can't be seen: of the whole fleet, or of an environment, a site, a team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents.hosts.models import Host, Site
from incidents.patterns.coverage import Coverage, Place, coverage
from incidents.patterns.models import Pattern
from incidents.patterns.verdict import State
from kb.accounts.models import Team
from kb.wiki.editing import person


@require_safe
def coverage_page(request: HttpRequest) -> HttpResponse:
    """``?environment=``, ``?site=``, ``?team=`` narrow it; the address keeps them."""
    person(request)
    place = Place(*(request.GET.get(name, "")[:80] for name in ("environment", "site", "team")))
    seen = coverage(place)
    shown = {
        "place": place,
        "seen": seen,
        "rows": _rows(seen),
        "environments": _environments(),
        "sites": Site.objects.order_by("name").values_list("slug", "name"),
        "teams": Team.objects.order_by("name").values_list("slug", "name"),
    }
    return render(request, "patterns/coverage.html", shown)


def _rows(seen: Coverage) -> list[dict[str, object]]:
    """Per enabled pattern its counts, those nobody can tell most of first."""
    patterns = Pattern.objects.filter(enabled=True).in_bulk(list(seen.patterns), field_name="slug")
    rows: list[dict[str, object]] = []
    for slug, states in sorted(
        seen.patterns.items(), key=lambda one: (-one[1].get(State.UNKNOWN, 0), one[0])
    ):
        if slug in patterns:
            counts = [(str(state), states.get(state, 0)) for state in State]
            rows.append({"pattern": patterns[slug], "counts": counts})
    return rows


def _environments() -> list[str]:
    used = Host.objects.exclude(environment="").order_by("environment")
    return list(used.values_list("environment", flat=True).distinct())
