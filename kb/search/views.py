"""The page behind the one box, and what the box offers while one types."""

from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kb.accounts.models import User
from kb.search.completing import asking, suggestions
from kb.search.fields import help_lines
from kb.search.find import Found, find, like
from kb.search.recent import forget, recent, remember
from kb.search.registry import searchables
from kb.search.tree import plain_words

STEP = 20
MOST = 200  # results on one page; whoever needs more narrows it down


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results with snippets, values to narrow by; what nobody can find gets help instead."""
    user = _person(request)
    text = request.GET.get("q", "").replace("\x00", " ").strip()
    kinds = [kind for kind in request.GET.getlist("kind") if kind in searchables]
    shown = _number(request.GET.get("show", ""))
    asked = bool(text or kinds)
    context: dict[str, Any] = {"query_text": text, "kinds": kinds, "shown": shown, "asked": asked}
    if key := request.GET.get("like", ""):
        return _like(request, user, key, context)
    now = timezone.localtime()
    found = find(text, user, kinds=kinds, limit=shown, now=now)
    if text and not found.query.is_empty:
        remember(request.session, text)
    more = min(shown + STEP, MOST)
    context |= {
        "found": found,
        "left": found.total - len(found.results),
        "more": more if found.total > shown < MOST else None,
        "help": help_lines(),
        "narrower": _narrower(found, text),
        "some_words": _only_some(found),
        "recent": [] if asked else recent(request.session),
    }
    return render(request, "search/results.html", context)


def _like(request: HttpRequest, user: User, key: str, context: dict[str, Any]) -> HttpResponse:
    found = like(key, user, limit=STEP)
    if found is None:
        raise Http404("There is no such thing, or not for you.")
    return render(
        request, "search/results.html", context | {"found": found, "like": key, "asked": True}
    )


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """For completion and the palette: things to go to, questions to ask."""
    user = _person(request)
    text = request.GET.get("q", "").replace("\x00", " ")
    found = [asdict(one) for one in suggestions(text, user)]
    if not text.strip():
        found = [
            {"text": one, "kind": "recent", "about": "Asked lately", "url": ""}
            for one in recent(request.session)
        ]
    response = JsonResponse({"suggestions": found})
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def recent_forget(request: HttpRequest) -> HttpResponse:
    """Forget what this session asked."""
    forget(request.session)
    messages.success(request, "Forgotten: nothing you asked is kept.")
    return redirect("search:search")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a field, how many of what was found have it, and the question with it."""

    text: str
    count: int
    asks: str


@dataclass(frozen=True, slots=True)
class Choice:
    heading: str
    values: list[Value]


def _narrower(found: Found, text: str) -> list[Choice]:
    return [
        Choice(
            one.heading,
            [
                Value(value, n, f"{text} {asking(one.field, value)}".strip())
                for value, n in one.values
            ],
        )
        for one in found.narrower
    ]


def _only_some(found: Found) -> bool:
    """Whether several words were asked for, and nothing has all of them."""
    several = len(plain_words(found.query.tree)) > 1
    return several and bool(found.results) and not found.results[0].whole


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else STEP
    return max(STEP, min(MOST, number))
