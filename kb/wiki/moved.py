"""Addresses of things that were renamed: an old one leads to the new, also in the API."""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.urls import ResolverMatch, resolve, reverse

from kb.accounts.models import User
from kb.wiki.links import LinkKind, link_targets
from kb.wiki.models import OldName

_SAFE = ("GET", "HEAD")


class SameAgain(HttpResponseRedirectBase):
    """307: ask there in the same way, with the same body."""

    status_code = 307


class RedirectMoved:
    """Where nothing is found under a name that something bore once, go where it is now.

    Only after a 404, so that an address in use never asks; and only for who may see the thing, so
    that an old name tells nobody more than the new one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.resolver_match is None:
            return response
        address = moved_to(request.resolver_match, request)
        if address is None:
            return response
        query = request.META.get("QUERY_STRING", "")
        address = f"{address}?{query}" if query else address
        if request.method in _SAFE:
            return redirect(address)
        if address.startswith("/api/"):
            return SameAgain(address)
        return response


def moved_to(match: ResolverMatch, request: HttpRequest) -> str | None:
    """The present address of what this one named once; None where it named nothing."""
    user: User | None = (
        asking if isinstance(asking := getattr(request, "user", None), User) else None
    )
    kind = _kind_of(match)
    if user is None or kind is None:
        return None
    entry = link_targets[kind]
    word = next((word for word in ("slug", "name") if word in match.kwargs), "")
    called = entry.normal(str(match.kwargs.get(word, "")))
    old = OldName.objects.filter(kind=kind, name=called).first()
    if old is None:
        return None
    now = entry.visible(user).filter(pk=old.target_id).values_list(entry.name, flat=True).first()
    if now is None or str(now) == match.kwargs[word]:
        return None
    return reverse(match.view_name, kwargs=match.kwargs | {word: now})


def _kind_of(match: ResolverMatch) -> str | None:
    """Whose name stands in this address: its route begins like that of the page of its kind."""
    route = (match.route or "").removeprefix("api/v1/")
    for kind, entry in link_targets.items():
        if entry.name != "pk" and route.startswith(_route(entry).rstrip("/")):
            return kind
    return None


@cache
def _route(entry: LinkKind) -> str:
    return str(resolve(reverse(entry.view, args=["x"])).route)
