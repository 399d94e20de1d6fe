"""The front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.overview.front import Front, look
from incidents.patterns.broken import broken_of
from incidents.patterns.coverage import coverage
from kb.accounts.cards import front_cards, rendered
from kb.accounts.models import User
from kb.web.plots import Plot, stacked_area_plot


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    now = timezone.now()
    answer, seen = look(request.user, now), coverage()
    context = {
        "front": answer,
        "now": now,
        "risk": _risk_plot(answer),
        "seen": seen,
        "cards": rendered(request, front_cards),
        "broken": broken_of(request.user, seen.patterns),
    }
    return render(request, "overview/front.html", context)


def _risk_plot(answer: Front) -> Plot | None:
    if len(answer.weeks) < 2:
        return None
    return stacked_area_plot(
        answer.series,
        [f"{week.day} {week:%b}" for week in answer.weeks],
        title=f"Open flags by severity, last {len(answer.weeks)} weeks",
    )
