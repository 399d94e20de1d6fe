"""Where the short links in a text lead: ``@robert``, ``#12``, ``[[page]]``, ``[[lesson:slug]]``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki.models import Page


@dataclass(frozen=True, slots=True)
class Target:
    """Where a short link leads, and the name of what is there."""

    url: str
    title: str


#: Many keys at once → the targets this reader may see; keys without one are left out.
Resolve = Callable[[Iterable[str], User], dict[str, Target]]


@dataclass(frozen=True, slots=True)
class LinkKind:
    """How keys of one kind find their target.

    ``create`` gives the address of a filled-in form for a key that leads nowhere yet; a kind
    without one shows such a key as plain text.
    """

    resolve: Resolve
    create: Callable[[str], str] | None = None


#: ``host`` for ``@name``, ``incident`` for ``#12``, ``page`` for ``[[name]]``; every kind by
#: ``[[kind:key]]``.  Higher rooms add theirs in ``links.py``.
link_targets: Registry[LinkKind] = Registry("kind of link")


def _pages(keys: Iterable[str], user: User) -> dict[str, Target]:
    """Pages by slug, or by a title that makes that slug."""
    slugs = {key: slugify(key) for key in keys}
    found = {
        slug: Target(reverse("wiki:page", args=[slug]), title)
        for slug, title in Page.objects.visible_to(user)
        .filter(slug__in=slugs.values())
        .values_list("slug", "title")
    }
    return {key: found[slug] for key, slug in slugs.items() if slug in found}


def _new_page(key: str) -> str:
    return f"{reverse('wiki:page-new')}?{urlencode({'title': key})}"


link_targets.register("page", LinkKind(_pages, _new_page))
