"""What two who wrote at once say together, where they did not touch the same place."""

from typing import Any

from merge3 import Merge3

State = dict[str, Any]


def merge(base: State, mine: State, theirs: State) -> State | None:
    """``mine`` on top of ``theirs``, both of which came from ``base``; None where they clash.

    Only what the writer changed is in the answer: lines of a text apart, tags and links one by
    one, anything else as a whole.
    """
    merged: State = {}
    for name, wanted in mine.items():
        stands = theirs[name]
        if name not in base:
            if wanted != stands:
                return None
            continue
        together = _together(base[name], wanted, stands)
        if together is None:
            return None
        if together[0] != stands:
            merged[name] = together[0]
    return merged


def _together(base: Any, mine: Any, theirs: Any) -> tuple[Any] | None:
    """Both changes of one value, in a tuple since the value may be None; None on a clash."""
    if mine in (base, theirs):
        return (theirs,)
    if theirs == base:
        return (mine,)
    if isinstance(base, str) and isinstance(mine, str) and isinstance(theirs, str):
        text = merge_texts(base, mine, theirs)
        return None if text is None else (text,)
    if isinstance(base, list) and isinstance(mine, list) and isinstance(theirs, list):
        return (_lists(base, mine, theirs),)
    if isinstance(base, dict) and isinstance(mine, dict) and isinstance(theirs, dict):
        return _dicts(base, mine, theirs)
    return None


def merge_texts(base: str, mine: str, theirs: str) -> str | None:
    """The text with the changed lines of both; None where they are not apart.

    Lines that touch count as one place: whoever rewrote the sentence before mine should be read.
    """
    if not ("\n" in base or "\n" in mine or "\n" in theirs):
        return None
    # A last line that ends without a line break would differ from the same line with one.
    texts = [f"{text}\n".splitlines(keepends=True) for text in (base, mine, theirs)]
    parts: list[str] = []
    three = Merge3(*texts)
    for region in three.merge_regions():
        kind, start, end = region[0], region[1], region[2]
        if kind == "conflict":
            return None
        source = {"unchanged": texts[0], "same": texts[1], "a": texts[1], "b": texts[2]}[kind]
        parts += source[start:end]
    return "".join(parts).removesuffix("\n")


def _lists(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    """Theirs, without what I took away, with what I added."""
    taken = [one for one in base if one not in mine]
    added = [one for one in mine if one not in base and one not in theirs]
    together = [one for one in theirs if one not in taken] + added
    # Links are kept in the order of their names, tags in the order they were given.
    return sorted(together) if theirs == sorted(theirs) and mine == sorted(mine) else together


def _dicts(base: State, mine: State, theirs: State) -> tuple[State] | None:
    found: State = {}
    for key in dict.fromkeys([*theirs, *mine]):
        values = [one.get(key) for one in (base, mine, theirs)]
        together = _together(*values)
        if together is None:
            return None
        if together[0] is not None:
            found[key] = together[0]
    return (found,)
