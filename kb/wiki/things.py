"""Things with a page of their own: what files hang on, what people comment on and watch.

Each room tells of its own in a ``things.py``.  A thing is named ``kind:pk`` (the key of its search
document); people may also write its natural name, such as ``page:raid`` or ``host:robert``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki import revisions
from kb.wiki.models import Page, Revisioned


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing.  ``natural`` is the column by which people name one.

    ``save`` is the rule of its room with the arguments of ``revisions.save``; ``restore`` the one
    by which an older revision comes back, where that is another.  ``hangs``: it belongs to another
    thing, and is seen by who sees that.  ``may_throw(obj, user)`` says who may put one into the
    bin; ``parts(obj)`` names the rows that go with it, for ever, when it is purged.
    """

    kind: str
    label: str
    model: type[Model]
    address: Callable[[Any], str]
    natural: str = "pk"
    save: Callable[..., Any] = revisions.save
    restore: Callable[..., Any] | None = None
    hangs: bool = False
    may_throw: Callable[[Any, User], bool] = lambda obj, user: user.may_write
    parts: Callable[[Any], list[tuple[type[Revisioned], list[int]]]] = lambda obj: []

    @property
    def is_written(self) -> bool:
        """Whether its saves are kept as revisions; only then can files hang on it."""
        return issubclass(self.model, Revisioned)

    @property
    def has_bin(self) -> bool:
        """Whether it can be thrown away and brought back."""
        return hasattr(self.model, "deleted_at")

    def visible(self, user: User) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.all().visible_to(user)  # type: ignore[attr-defined]
        return rows

    def in_bin(self, user: User) -> QuerySet[Any]:
        """What this person could see before it was thrown away."""
        rows: QuerySet[Any] = self.model._default_manager.all().in_bin(user)  # type: ignore[attr-defined]
        return rows


#: By kind; the rank is the order in which kinds are named.
things: Registry[Thing] = Registry("kind of thing")


def thing_of(obj: Model) -> Thing:
    """The kind of an object; a ``LookupError`` where nobody has told of it."""
    for thing in things:
        if thing.model is type(obj):
            return thing
    raise LookupError(f"{type(obj).__name__} is no thing: name it in a things.py")


def key_of(obj: Model) -> str:
    return f"{thing_of(obj).kind}:{obj.pk}"


def address_of(obj: Model) -> str:
    return thing_of(obj).address(obj)


def hanging_on_seen(user: User) -> Q:
    """Rows with ``content_type`` and ``object_id`` whose thing this person may see."""
    seen = Q(pk=None)
    if user.is_active:
        for thing in things:
            if not thing.hangs:
                kind = ContentType.objects.get_for_model(thing.model)
                rows = thing.visible(user).order_by().values("pk")
                seen |= Q(content_type=kind, object_id__in=rows)
    return seen


def kind_of(content_type_id: int) -> str:
    """The kind of the things of one content type; nothing where it is unknown."""
    model = ContentType.objects.get_for_id(content_type_id).model_class()
    return next((thing.kind for thing in things if thing.model is model), "")


def get(key: str) -> Any | None:
    """What ``kind:pk`` names, whoever asks."""
    kind, _, pk = key.partition(":")
    thing = things.get(kind)
    if thing is None or not pk.isdecimal():
        return None
    return thing.model._default_manager.filter(pk=pk).first()


def find(key: str, user: User) -> Any | None:
    """What ``kind:pk`` or ``kind:name`` leads to, if this reader may see it."""
    thing = things.get(key.partition(":")[0])
    return thing and named(thing, key, thing.visible(user))


def named(thing: Thing, key: str, rows: QuerySet[Any]) -> Any | None:
    """The one of these rows that ``kind:pk`` or ``kind:name`` names."""
    name = key.partition(":")[2]
    if not name or len(name) > 300 or "\0" in name:
        return None
    wanted = Q(**{thing.natural: name}) if thing.natural != "pk" else Q(pk=None)
    if name.isdecimal() and len(name) < 16:
        wanted |= Q(pk=int(name))
    found = list(rows.filter(wanted)[:2])
    # A page may be called 2024: of two, the number is meant.
    return next((one for one in found if str(one.pk) == name), found[0] if found else None)


things.register(
    "page",
    Thing("page", "Page", Page, lambda page: reverse("wiki:page", args=[page.slug]), "slug"),
    rank=10,
)
