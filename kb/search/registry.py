"""What is searched: each room registers its kinds in its ``search.py``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet

from kb.accounts.models import User
from kb.search.document import Document
from kb.web.registry import Registry

M = TypeVar("M", bound=Model)


class Searchable(ABC, Generic[M]):
    """One kind of thing: how to read it all, how it looks to search, who may see it.

    Whoever changes such a thing posts ``("index", "kind:pk")`` to the outbox in the same
    transaction, also when something changes that its document is made of.
    """

    kind: ClassVar[str]
    label: ClassVar[str]  # "Host"
    plural: ClassVar[str] = ""  # "Hosts", unless it is more than an s

    @abstractmethod
    def queryset(self) -> QuerySet[M, M]:
        """Everything that belongs in the index, with what ``document`` reads fetched along.

        Things in the bin do not belong; they leave the index when their row is drained.
        """

    @abstractmethod
    def document(self, obj: M) -> Document:
        """``obj`` as search knows it.  Its marker must not depend on the moment of asking."""

    @abstractmethod
    def visible(self, user: User) -> QuerySet[M, M]:
        """What this person may see: asked again for everything that is about to be shown."""

    def bearing(self, kind: str, pk: int) -> QuerySet[M, M] | None:
        """Those whose document holds the name of that other thing; ``None`` if none ever does."""
        return None

    def key(self, pk: object) -> str:
        return f"{self.kind}:{pk}"

    def many(self) -> str:
        """The label of several."""
        return self.plural or f"{self.label}s"


#: Words that other rooms add to documents of a kind: ``(kind, pks) -> {pk: words}``, asked for many
#: at once.  Whoever may find the document may read them; a change of theirs posts its key.
also_said: Registry[Callable[[str, Sequence[int]], dict[int, str]]] = Registry("words beside")

# By kind.  The rank decides between things of the same exact name: a host (10) goes before a
# page that is called like it.
searchables: Registry[Searchable[Any]] = Registry("searchable")
