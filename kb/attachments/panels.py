"""The card of files on the page of a thing."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kb.attachments.carried import may_have
from kb.attachments.models import Attachment
from kb.wiki.beneath import cards
from kb.wiki.editing import person
from kb.wiki.things import key_of


def files(thing: Any, request: HttpRequest) -> SafeString | None:
    """What hangs on it, and for writers a form to attach more."""
    user = person(request)
    if not may_have(type(thing)):
        return None
    rows = list(Attachment.objects.of(thing).select_related("blob", "uploaded_by"))
    if not rows and not user.may_write:
        return None
    context = {"files": rows, "key": key_of(thing), "thing": thing}
    return render_to_string("attachments/_card.html", context, request)


cards.register("files", files, rank=20)
