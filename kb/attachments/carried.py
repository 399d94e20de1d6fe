"""Revisions hold which files hang on a thing, and words bring along the files they show."""

import re

from django.db.models import Model
from django.utils import timezone

from kb.accounts.models import User
from kb.attachments import keeping
from kb.attachments.models import Attachment
from kb.wiki.models import Revisioned
from kb.wiki.things import get, things
from kb.wiki.tracking import Carried, Links, State, carried, tracked

NAME = "attachments"
_SHOWN = re.compile(r"/attachments/([0-9]{1,15})/")


def may_have(model: type[Model]) -> bool:
    """Whether files can hang on things of this model."""
    return any(thing.model is model and thing.is_written and not thing.hangs for thing in things)


def bring(obj: Revisioned, by: User | None, changes: State) -> State:
    """The links that these words of ``by`` add: their own uploads that hung nowhere yet."""
    mine = _loose(changes, by)
    if not mine:
        return {}
    if may_have(type(obj)):
        new = [f"{one.pk}/{one.name}" for one in mine]
        return {NAME: sorted({*changes.get(NAME, keeping.names_of(obj)), *new})}
    whole = get(tracked(type(obj)).index_key(obj))
    if whole is not None:  # a line of a timeline: its pictures hang on the incident
        keeping.hang([one.pk for one in mine], whole)
    return {}


def _loose(changes: State, by: User | None) -> list[Attachment]:
    texts = (text for text in changes.values() if isinstance(text, str))
    shown = {int(number) for text in texts for number in _SHOWN.findall(text)}
    if not shown or by is None:
        return []
    loose = Attachment.objects.filter(content_type=None, uploaded_by=by, deleted_at=None)
    return list(loose.filter(pk__in=shown).order_by("pk"))


def write(obj: Revisioned, names: list[str]) -> None:
    keeping.set_files(obj, names, timezone.now(), by=obj.updated_by)


carried.register(NAME, Carried(Links(keeping.names_of, write), may_have, bring))
