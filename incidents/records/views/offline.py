"""Writing without a connection: what a browser kept is taken in, and what it shows meanwhile."""

import hashlib
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from incidents.records import quick
from incidents.records.models import TimelineEntry
from incidents.records.views.incidents import address
from kb.wiki.editing import person, writer
from kb.wiki.markdown import MAX_TEXT


@require_POST
def kept(request: HttpRequest) -> JsonResponse:
    """One thing that a browser kept while it was offline: an incident begun, or a line of one.

    Answers 200 with its number and address, the first time and every time after; 422 with a reason
    where it cannot be taken.
    """
    user = writer(request)
    try:
        said = json.loads(request.body)
        key, at = UUID(str(said["key"])), parse_datetime(str(said["at"]))
        if at is None or at.tzinfo is None:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return _refused("This was not kept in a form we know. Copy the words and write them anew.")
    try:
        if said.get("kind") == "incident":
            incident = quick.take_incident(_begun(said, key, at), by=user)
        else:
            incident = _take_line(said, key, at, request).incident
    except ValidationError as error:
        return _refused(" ".join(error.messages))
    return JsonResponse({"number": incident.pk, "address": address(incident)})


def _begun(said: dict[str, Any], key: UUID, at: datetime) -> quick.Begun:
    names = str(said.get("hosts", "")).replace(",", " ").split()
    title = " ".join(str(said.get("title", "")).split())[:200]
    return quick.Begun(key, title, at, [name.removeprefix("@")[:255] for name in names[:50]])


def _take_line(
    said: dict[str, Any], key: UUID, at: datetime, request: HttpRequest
) -> TimelineEntry:
    begun, number = said.get("begun"), said.get("incident")
    try:
        return quick.take_line(
            by=person(request),
            key=key,
            at=at,
            what=str(said.get("what", ""))[:MAX_TEXT],
            incident=int(number) if number else None,
            begun=UUID(str(begun)) if begun else None,
        )
    except (ValueError, TypeError):
        raise ValidationError("It does not say which incident it belongs to.") from None


def _refused(why: str) -> JsonResponse:
    return JsonResponse({"why": why}, status=422)


#: What the page for want of a connection needs: its styles and scripts.
SCRIPTS = ("theme", "offline", "kept", "outbox", "store")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that a browser shows when it cannot reach us: to begin an incident and write along.

    Nothing of anybody's is in it, so that every browser may keep it.
    """
    return HttpResponse(render_to_string("records/offline.html"))


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: keeps the page above and what it needs, and serves nothing else."""
    page = render_to_string("records/offline.html")
    parts = re.findall(r'(?:href|src)="([^"]+\.(?:css|js))"', page)
    parts += [static(f"js/{name}.js") for name in SCRIPTS]
    text = render_to_string(
        "records/worker.js", {"parts": dict.fromkeys(parts), "version": _version(page)}
    )
    answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _version(page: str) -> str:
    """Changes with the page and with every script it runs, so that browsers fetch them anew."""
    seen = hashlib.sha256(page.encode())
    for name in SCRIPTS:
        if found := finders.find(f"js/{name}.js"):
            seen.update(Path(found).read_bytes())
    return seen.hexdigest()[:12]
