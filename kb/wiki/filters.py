"""Filters of pages, the same in the address of the list and of the API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from kb.accounts.models import User
from kb.wiki import links, mentions
from kb.wiki.models import Page
from kb.wiki.pages import review_due

REVIEWS = [("due", "Due to be read again"), ("never", "Without a date")]


class PageFilter(django_filters.FilterSet):
    """``?tag=raid&owner=infra&review=due&about=host:robert``; links by name."""

    q = django_filters.CharFilter(method="by_words", label="Title")
    tag = django_filters.CharFilter(method="by_tag", label="Tag")
    owner = django_filters.CharFilter(method="by_owner", label="Owner")
    is_runbook = django_filters.BooleanFilter(label="Runbooks only")
    runbook = django_filters.CharFilter(method="by_runbook", label="Runbooks only")
    review = django_filters.ChoiceFilter(method="by_review", choices=REVIEWS, label="Review")
    about = django_filters.CharFilter(method="by_about", label="About")
    owner__slug = django_filters.CharFilter(field_name="owner__slug", label="Owner")

    class Meta:
        model = Page
        fields: list[str] = []

    def by_words(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        for word in value.split():
            pages = pages.filter(Q(title__icontains=word) | Q(slug__icontains=word))
        return pages

    def by_tag(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        # A quoted word in the JSON text: works alike on SQLite and PostgreSQL.
        return pages.filter(tags__icontains=f'"{value}"')

    def by_owner(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        """A team, or ``mine``: those of the reader's own teams."""
        if value == "mine" and self.request is not None:
            user = self.request.user
            return pages.filter(owner__in=user.teams.all()) if isinstance(user, User) else pages
        return pages.filter(owner__slug=value)

    def by_runbook(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        return pages.filter(is_runbook=True)

    def by_review(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        if value == "never":
            return pages.filter(review_by=None)
        return review_due(pages, timezone.now().date())

    def by_about(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        kind, _, key = value.partition(":")
        pk = links.identify({(kind, key)}).get((kind, key))
        if pk is None:
            return pages.none()
        about = mentions.about_this(kind, pk).filter(home_kind="page")
        return pages.filter(pk__in=about.values("home_id"))
