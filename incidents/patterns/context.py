"""A host's view made ready for the native engine: once, with only the facts that are read."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import cel
import msgspec

from .language import Size, Type, is_little, sections, size_of, struct_shape
from .language.bounds import TEXT_PER_NODE
from .view import HostView

if TYPE_CHECKING:
    from .evaluate import BoundPattern


class Shape:
    """The part of the fact schema that some patterns read, as a type to convert to.

    Converting drops every other field and checks the types of these: where a value has another
    type than declared, native comparison could give a wrong answer instead of none
    (``1 == "1"`` is false), so such a host is walked.
    """

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths

    @cached_property
    def type(self) -> Any:
        """Made when first asked for, which takes longer than anything else here."""
        known = sections()
        wanted: dict[str, Any] = {}
        for path in self._paths:
            place = wanted
            for step in path.replace("[]", ".[]").split("."):
                place = place.setdefault(step, {})
        return struct_shape({name: _pruned(known[name], below) for name, below in wanted.items()})

    def prune(self, facts: Mapping[str, Any]) -> dict[str, Any] | None:
        """``facts`` with only what is read, or None when a value has the wrong type."""
        try:
            kept: dict[str, Any] = msgspec.to_builtins(msgspec.convert(facts, self.type))
        except (msgspec.ValidationError, RecursionError):
            return None
        return kept

    def digest(self, facts: Mapping[str, Any]) -> bytes:
        """A short name for what of ``facts`` is read: the same name, the same answers.  ``facts``
        are pruned by a shape that holds this one."""
        told = msgspec.json.encode(msgspec.convert(facts, self.type))
        return blake2b(told, digest_size=16).digest()


def _pruned(kind: Type, wanted: Mapping[str, Any]) -> Type:
    if kind.kind == "list" and kind.element is not None:
        return Type("list", _pruned(kind.element, wanted.get("[]", {})))
    if kind.kind == "struct":
        fields = {name: _pruned(kind.fields[name], wanted[name]) for name in wanted}
        return Type("struct", fields=fields)
    return kind


class HostContext:
    """One view with its native contexts, built when first asked for."""

    __slots__ = ("_contexts", "_shape", "_sizes", "is_fresh", "view")

    def __init__(self, view: HostView, shape: Shape) -> None:
        self.view = view
        self.is_fresh = view.fresh is view.sections
        self._shape = shape
        self._contexts: dict[bool, tuple[Any, Any]] = {}
        self._sizes: dict[bool, Size] = {}

    def native(self, bound: "BoundPattern", *, fresh: bool = False) -> Any:
        """The native context for this pattern, or None where it has to be walked."""
        if bound.walked:
            return None
        context, facts = self._contexts.get(fresh) or self._make(fresh)
        if context is None or bound.growing is None:
            return context
        if fresh not in self._sizes:
            self._sizes[fresh] = size_of(facts)
        size = self._sizes[fresh]
        if size.characters < TEXT_PER_NODE and size.entries <= bound.little:
            return context
        return context if is_little(bound.growing, size) else None

    def digest(self, bound: "BoundPattern", *, fresh: bool = False) -> bytes | None:
        """A short name for what this pattern reads here; None where it reads what has no declared
        type, or a value has another type than declared."""
        if bound.walked:
            return None
        context, facts = self._contexts.get(fresh) or self._make(fresh)
        return None if context is None or facts is None else bound.shape.digest(facts)

    def _make(self, fresh: bool) -> tuple[Any, dict[str, Any] | None]:
        """The native context and the facts in it."""
        facts = self._shape.prune(self.view.fresh if fresh else self.view.sections)
        made = (None if facts is None else _native(facts)), facts
        self._contexts[fresh] = made
        return made

    def lost(self, names: Iterable[str]) -> list[str]:
        """Which of these sections lose something when stale facts are left out."""
        view = self.view
        if self.is_fresh:
            return []
        return sorted(n for n in names if _differs(view.fresh.get(n), view.sections.get(n)))


def _native(facts: dict[str, Any]) -> Any:
    try:
        return cel.Context(facts)
    except (ValueError, TypeError, OverflowError):  # half a character, such as "\ud800"
        return None


def _differs(fresh: Any, full: Any) -> bool:
    return fresh is not full and fresh != full
