"""Whether firmware is older than the one that mends it, as makers number theirs.

Numbers are compared as numbers.  Letters that stand at the same places on both sides name the
branch; where they differ nobody can say which is newer, and the answer is None.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(r"\d+|[a-z]+")


def older(here: str, mended: str) -> bool | None:
    """`HPG0` is older than `HPG8`, `1.2.3` than `1.10`; None where they can't be compared.

    A single letter after a number counts as one (`GS0D`, `GS0F`), other letters must be the same.
    """
    mine, theirs = _parts(here), _parts(mended)
    if not any(isinstance(part, int) for part in mine):
        return None
    place = 0
    for place, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        if isinstance(a, int) and isinstance(b, int):
            if a != b:
                return a < b
        elif isinstance(a, str) and isinstance(b, str):
            if a == b:
                continue
            if _counts(mine, place) and _counts(theirs, place):
                return a < b
            return None
        else:
            return None
    longer, shorter = (mine, theirs) if len(mine) > len(theirs) else (theirs, mine)
    rest = longer[len(shorter) :]
    if all(part == 0 for part in rest):
        return False
    if any(isinstance(part, str) for part in rest):
        return None
    return longer is theirs


def _counts(parts: tuple[int | str, ...], place: int) -> bool:
    """Whether a letter stands for a number: alone, after a number, at the end."""
    part = parts[place]
    return (
        isinstance(part, str)
        and len(part) == 1
        and place == len(parts) - 1
        and place > 0
        and isinstance(parts[place - 1], int)
    )


def _parts(version: str) -> tuple[int | str, ...]:
    found = _PART.findall(version.strip().lower())
    return tuple(int(part) if part.isdigit() else part for part in found)


def names_model(wanted: str, model: str) -> bool:
    """Whether an advisory's model, in which `*` stands for anything, is this one."""
    return _model(wanted).fullmatch(" ".join(model.split())) is not None


@lru_cache(maxsize=1024)
def _model(wanted: str) -> re.Pattern[str]:
    pieces = [re.escape(piece) for piece in " ".join(wanted.split()).split("*")]
    return re.compile(".*".join(piece for piece in pieces), re.IGNORECASE)
