"""The button that begins and ends to watch, on the page of a thing."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from kb.watching.watching import looked, watches_of
from kb.wiki.beneath import acts
from kb.wiki.editing import person
from kb.wiki.things import key_of


def watch(thing: Any, request: HttpRequest) -> SafeString:
    """Whoever is shown the page has looked, so the next change is news again."""
    mine = watches_of(person(request), thing)
    looked(mine, timezone.now())
    watched = any(not one.tag for one in mine)
    context = {"key": key_of(thing), "watched": watched}
    return render_to_string("watching/_watch.html", context, request)


acts.register("watch", watch, rank=10)
