"""Which elements of several lists are the same thing: natural keys, the surest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from .document import NATURAL_KEYS

Keys = tuple[tuple[str, ...], ...]

_encode = msgspec.json.Encoder(order="deterministic").encode


class Entry(NamedTuple):
    """One element of a list, and the source whose list it is."""

    source: str
    item: Any


class Group(NamedTuple):
    """Elements that are the same thing, the entry of the first list first."""

    label: str
    entries: list[Entry]


def canonical(value: Any) -> bytes:
    """The value as bytes, the same for any order of keys."""
    return _encode(value)


def plain_path(path: str) -> str:
    """The schema's spelling of a path: `raids[0]` and `raids[md0]` become `raids[]`."""
    return re.sub(r"\[[^\]]*\]", "[]", path)


def keys_of(path: str) -> Keys | None:
    """The natural keys of the list at `path`, or None where elements have none."""
    return NATURAL_KEYS.get(plain_path(path))


def unite(keys: Keys, lists: Sequence[tuple[str, list[Any]]]) -> list[Group]:
    """Groups of elements that are the same thing, in an order independent of the input's.

    `lists` come as (source, elements), the most trusted first. Two elements of one list never
    fall together: the second array called md0 in one report is another array.
    """
    groups: dict[bytes, list[Entry]] = {}
    homes: dict[bytes, bytes] = {}
    for _, named in sorted(_by_sureness(keys, lists).items()):
        for names, entry in named:
            home = homes.get(names[0], names[0])
            if any(other.source == entry.source for other in groups.get(home, ())):
                home = names[0] + b" of " + entry.source.encode()
            groups.setdefault(home, []).append(entry)
            for name in names:
                homes.setdefault(name, home)
    place = {source: index for index, (source, _) in enumerate(lists)}
    ordered = []
    for _, entries in sorted(groups.items()):
        entries.sort(key=lambda entry: place[entry.source])
        ordered.append(Group(_label(keys, entries), entries))
    return ordered


def _by_sureness(
    keys: Keys, lists: Sequence[tuple[str, list[Any]]]
) -> dict[int, list[tuple[list[bytes], Entry]]]:
    """Place of the surest key an element has → [(its names, surest first; the entry)]."""
    levels: dict[int, list[tuple[list[bytes], Entry]]] = defaultdict(list)
    for source, items in lists:
        seen: dict[bytes, int] = defaultdict(int)
        for item in sorted(items, key=canonical):
            level, names = _names(keys, item)
            seen[names[0]] += 1
            if seen[names[0]] > 1:
                names = [names[0] + b"#%d" % seen[names[0]]]
            levels[level].append((names, Entry(source, item)))
    return levels


def _names(keys: Keys, item: Any) -> tuple[int, list[bytes]]:
    whole = [
        level
        for level, key in enumerate(keys)
        if isinstance(item, dict) and all(name in item for name in key)
    ]
    if whole:
        return whole[0], [_name(keys[level], item) for level in whole]
    known = [item.get(name) for name in keys[0]] if isinstance(item, dict) else []
    partial = any(value is not None for value in known)
    return len(keys), [b"?" + canonical(known if partial else item)]


def _name(key: tuple[str, ...], item: dict[str, Any]) -> bytes:
    values = (item[name] for name in key)
    return canonical(
        [
            [n, sorted(v, key=canonical) if isinstance(v, list) else v]
            for n, v in zip(key, values, strict=True)
        ]
    )


def _label(keys: Keys, entries: list[Entry]) -> str:
    """The words a person would use for the thing: md0, /srv, restic etc."""
    for key in reversed(keys):
        for entry in entries:
            if isinstance(entry.item, dict) and all(name in entry.item for name in key):
                values = (entry.item[name] for name in key)
                return " ".join(",".join(v) if isinstance(v, list) else str(v) for v in values)
    return "?"
