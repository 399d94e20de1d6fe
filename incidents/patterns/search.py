"""How patterns look to search."""

from django.db.models import QuerySet
from django.urls import reverse

from incidents.patterns.compiled import current
from incidents.patterns.models import Pattern
from incidents.patterns.spec import SpecError
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
    return "\n".join([plain(spec.why), plain(spec.fix), spec.applies, spec.match, lessons])


searchables.register("pattern", PatternKind(), rank=60)
