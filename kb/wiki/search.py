"""How a page looks to search."""

from django.db.models import QuerySet
from django.urls import reverse

from kb.accounts.models import User
from kb.search.document import Document
from kb.search.registry import Searchable, searchables
from kb.wiki.markdown import plain
from kb.wiki.models import Page


class PageSearch(Searchable[Page]):
    kind = "page"
    label = "Page"

    def queryset(self) -> QuerySet[Page]:
        return Page.objects.filter(deleted_at=None)

    def document(self, obj: Page) -> Document:
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.title,
            url=reverse("wiki:page", args=[obj.slug]),
            names=[obj.slug, obj.title],
            body=plain(obj.body),
            date=obj.updated_at,
            state="runbook" if obj.is_runbook else "",
            tags=obj.tags,
        )

    def visible(self, user: User) -> QuerySet[Page]:
        return Page.objects.visible_to(user)


searchables.register("page", PageSearch(), rank=60)
