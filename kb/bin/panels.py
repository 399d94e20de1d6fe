"""The button that throws a thing away, on its own page."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kb.wiki.beneath import acts
from kb.wiki.editing import person
from kb.wiki.things import key_of, thing_of


def throw(thing: Any, request: HttpRequest) -> SafeString | None:
    kind = thing_of(thing)
    if not kind.has_bin or not kind.may_throw(thing, person(request)):
        return None
    return render_to_string("bin/_throw.html", {"key": key_of(thing)}, request)


acts.register("throw", throw, rank=90)
