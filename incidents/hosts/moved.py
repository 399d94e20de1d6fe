"""Addresses with a name that a host no longer bears lead on to the one it bears now."""

import re
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseRedirectBase

from incidents.hosts.names import bearer_of

_ADDRESS = re.compile(r"(/(?:api/v1/)?hosts/)([^/]+)(/.*)")


class SameAgain(HttpResponseRedirectBase):
    """307: ask there in the same way, with the same body."""

    status_code = 307


class FollowFormerNames:
    """Only what was not found is looked at, so a name somebody bears now always goes first.

    The leading on is never remembered by browsers: a merge may be undone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A view found nothing: it had asked first who is asking.
        if response.status_code != 404 or request.resolver_match is None:
            return response
        found = _ADDRESS.fullmatch(request.path_info)
        bearer = bearer_of(found[2]) if found else None
        if found is None or bearer is None:
            return response
        query = request.META.get("QUERY_STRING", "")
        address = quote(f"{found[1]}{bearer}{found[3]}") + (f"?{query}" if query else "")
        reading = request.method in ("GET", "HEAD")
        return (HttpResponseRedirect if reading else SameAgain)(address)
