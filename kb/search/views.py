"""The page behind the one box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kb.accounts.models import User
from kb.search.backends.base import IndexUnavailable
from kb.search.find import find
from kb.search.registry import searchables

STEP = 20
MOST = 200  # results on one page; whoever needs more narrows it down


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results with snippets, kinds to narrow by; what nobody can find gets help instead."""
    assert isinstance(request.user, User)
    text = request.GET.get("q", "").strip()
    kinds = [kind for kind in request.GET.getlist("kind") if kind in searchables]
    shown = _number(request.GET.get("show", ""))
    context = {"query_text": text, "kinds": kinds, "shown": shown}
    try:
        found = find(text, request.user, kinds=kinds, limit=shown)
    except IndexUnavailable:
        return render(request, "search/results.html", context | {"asleep": True}, status=503)
    more = min(shown + STEP, MOST)
    context |= {
        "found": found,
        "left": found.total - len(found.results),
        "more": more if found.total > shown < MOST else None,
        "asked": bool(text or kinds),
    }
    return render(request, "search/results.html", context)


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else STEP
    return max(STEP, min(MOST, number))
