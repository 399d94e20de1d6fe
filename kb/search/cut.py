"""A document cut into what is looked up: the same tokens for every backend."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kb.search.document import EVERYONE, Document
from kb.search.fields import COUNTED, RESTRICTED
from kb.search.words import camel_parts, codes, exact, inflected, short_names, stems, words

# Raise it whenever a document is cut or kept in another way: every index is then made anew.
VERSION = "4"
MOST_TOKENS = 60_000  # of a kind, in one document

WHO, NAME, SHORT = "who", "name", "short"


def term(field: str, value: str) -> str:
    return f"{field}:{exact(value)}"


@dataclass(frozen=True)
class Cut:
    """``text`` are stems in order, ``spoken`` words of which ``text`` has but the stem."""

    document: Document

    @cached_property
    def _searched(self) -> str:
        """Everything a word may stand in; a name that the body repeats counts once."""
        one = self.document
        itself = [one.title, *one.names, one.natural_key, one.body]
        around = [one.severity, one.state, *one.tags, *one.services, *one.hosts]
        return "\n".join(dict.fromkeys([*itself, *around]))

    @cached_property
    def text(self) -> list[str]:
        return [*stems(self._searched), *camel_parts(self._searched)][:MOST_TOKENS]

    @cached_property
    def title(self) -> list[str]:
        return stems(self.document.title)

    @cached_property
    def spoken(self) -> list[str]:
        return inflected(self._searched)[:MOST_TOKENS]

    @cached_property
    def codes(self) -> list[str]:
        return codes(self._searched)[:MOST_TOKENS]

    @cached_property
    def heads(self) -> list[str]:
        """The words of title and names as they are, for completion."""
        named = [self.document.title, *self.document.names]
        return sorted({word for text in named for word in (exact(text), *words(text))})

    @cached_property
    def facets(self) -> list[str]:
        """The values that are counted beside the results."""
        values = self.document.values()
        return _terms((field, one) for field in COUNTED for one in values.get(field, ()))

    @cached_property
    def terms(self) -> list[str]:
        """All that is asked for by field, and by whom and what it may be found as."""
        one = self.document
        values = one.values()
        found = [(field, value) for field, several in values.items() for value in several]
        found += [("kind", one.kind), *((WHO, principal) for principal in one.allowed)]
        found += [("host", short) for name in one.hosts for short in short_names(name)]
        found += [(NAME, name) for name in (*one.names, one.natural_key, one.title)]
        found += [(SHORT, short) for name in one.names for short in short_names(name)]
        if one.allowed and EVERYONE not in one.allowed:
            found.append(("is", RESTRICTED))
        return _terms(found)


def _terms(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({term(field, value) for field, value in pairs if value and value.strip()})
