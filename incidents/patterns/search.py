"""How patterns look to search."""

import re

from django.db.models import QuerySet
from django.urls import reverse

from incidents.patterns.compiled import current
from incidents.patterns.models import Pattern
from incidents.patterns.spec import PatternSpec, SpecError
from kb.accounts.models import User
from kb.search.document import Document
from kb.search.registry import Searchable, searchables
from kb.wiki.markdown import plain


class PatternKind(Searchable[Pattern]):
    kind = "pattern"
    label = "Pattern"

    def queryset(self) -> QuerySet[Pattern]:
        return Pattern.objects.all()

    def document(self, obj: Pattern) -> Document:
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.title,
            url=reverse("patterns:detail", args=[obj.slug]),
            names=(obj.slug,),
            body=_words(obj),
            severity=obj.severity,
            state="active" if obj.enabled else "disabled",
        )

    def visible(self, user: User) -> QuerySet[Pattern]:
        return Pattern.objects.visible_to(user)


def _words(pattern: Pattern) -> str:
    try:
        spec = current(pattern).spec
    except SpecError:
        return ""
    lessons = " ".join(spec.lessons)
    return "\n".join([plain(spec.why), plain(spec.fix), lessons, asks_of(spec)])


_CALLED = re.compile(r"'([^']*)'|\b([a-z_][\w.]*)(\()?", re.IGNORECASE)


def asks_of(spec: PatternSpec) -> str:
    """The fields and values that its expressions name: who finds it by them reads no formula."""
    found: dict[str, None] = {}
    for said, name, call in _CALLED.findall(f"{spec.applies} {spec.match}"):
        whole = name.rpartition(".")[0] if call else name  # of a call, what it is called on
        first, _, rest = whole.partition(".")
        word = said or (rest if len(first) < 2 else whole)  # b.last_ok: of each backup
        if len(word) > 2 and word not in _LITERALS:
            found[word] = None
    return " ".join(found)


_LITERALS = frozenset({"true", "false"})


searchables.register("pattern", PatternKind(), rank=60)
