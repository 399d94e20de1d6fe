"""The stories behind a pattern.  Rooms above that tell stories register how to find them.

A citation is computed when it is read and for the person who reads: what they may not see is
never cited to them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.accounts.models import User
from kb.web.registry import Registry


@dataclass(frozen=True, slots=True)
class Citation:
    """``kind`` is incident or lesson; ``title`` and ``url`` are what a reader clicks on."""

    kind: str
    title: str
    url: str


Cite = Callable[[list[str], User], dict[str, list[Citation]]]
citations: Registry[Cite] = Registry("source of citations")


def cite(pattern_slugs: Iterable[str], user: User) -> dict[str, list[Citation]]:
    """Slug → the lessons and incidents behind that pattern which ``user`` may see."""
    slugs = sorted(set(pattern_slugs))
    found: dict[str, list[Citation]] = {slug: [] for slug in slugs}
    for source in citations:
        for slug, told in source(slugs, user).items():
            found[slug] += told
    return found
