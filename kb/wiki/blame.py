"""Who wrote what: each paragraph of a text, and the revision that last changed it."""

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.contrib.contenttypes.models import ContentType
from django.db.models import TextField
from reversion.models import Version

from kb.wiki.models import Revisioned, SavedState
from kb.wiki.revisions import Entry
from kb.wiki.tracking import tracked

#: A text with more revisions is looked back on so far; what is older counts as written then.
MOST = 1000
_GAP = re.compile(r"\n[ \t]*\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, and the save that gave it its present words."""

    text: str
    entry: Entry


def blame(obj: Revisioned, name: str) -> list[Passage]:
    """The paragraphs of a text field in order; empty where nothing is on record."""
    passages: list[Passage] = []
    for entry, text in texts_over_time(obj, name):
        passages = _carried_over(passages, paragraphs(text), entry)
    return passages


def paragraphs(text: str) -> list[str]:
    return [part for part in _GAP.split(text.strip("\n")) if part.strip()]


def texts_of(obj: Revisioned) -> list[str]:
    """The fields that hold texts and say something, in the order people read them."""
    found = []
    for name in tracked(type(obj)).fields:
        if isinstance(obj._meta.get_field(name), TextField) and getattr(obj, name):
            found.append(name)
    return found


def texts_over_time(obj: Revisioned, name: str) -> list[tuple[Entry, str]]:
    """One text as each revision held it, oldest first."""
    kind = ContentType.objects.get_for_model(type(obj))
    states = SavedState.objects.filter(content_type=kind, object_id=obj.pk)
    newest = list(states.select_related("revision__user").order_by("-number")[:MOST])
    versions = dict(
        Version.objects.filter(
            content_type=kind, object_id=str(obj.pk), revision__state__in=newest
        ).values_list("revision", "serialized_data")
    )
    found = []
    for state in reversed(newest):
        # The words as stored: building each old object anew would cost ten times as much.
        fields = json.loads(versions[state.revision_id])[0]["fields"]
        revision = state.revision
        entry = Entry(state.number, revision.date_created, revision.user, revision.comment)
        found.append((entry, fields.get(name) or ""))
    return found


def _carried_over(before: list[Passage], after: list[str], entry: Entry) -> list[Passage]:
    old = [passage.text for passage in before]
    found: list[Passage] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += before[i:j]
        else:
            found += [Passage(text, entry) for text in after[k:m]]
    return found
