"""Links of a text to files: ours while it lives here, relative ones while it lies in a folder."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

_OURS = re.compile(r"/attachments/([0-9]{1,15})/[^\s()\[\]<>\"']*")
#: The target of ``[words](target)``, ``![words](<target>)`` or ``[name]: target``.
_TARGET = re.compile(r"(\]\(\s*<?|^\[[^\]\n]+\]:[ \t]*<?)([^)\s<>]+)", re.MULTILINE)
_ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//|/|#)", re.IGNORECASE)


def to_relative(text: str, paths: dict[int, str]) -> str:
    """Links to these attachments as links to files beside the text."""

    def moved(match: re.Match[str]) -> str:
        path = paths.get(int(match[1]))
        return quote(path) if path is not None else match[0]

    return _OURS.sub(moved, text)


def targets(text: str) -> list[str]:
    """The relative targets of a text, as they are written, each once."""
    found = [match[2] for match in _TARGET.finditer(text)]
    return list(dict.fromkeys(one for one in found if not _ELSEWHERE.match(one)))


def replace_targets(text: str, new: Callable[[str], str | None]) -> str:
    """Every relative target as ``new`` says; where it says None it stays."""

    def moved(match: re.Match[str]) -> str:
        if _ELSEWHERE.match(match[2]):
            return match[0]
        return match[1] + (new(match[2]) or match[2])

    return _TARGET.sub(moved, text)


def file_of(target: str) -> str:
    """The path that a target means, without its anchor or query."""
    return unquote(target.partition("#")[0].partition("?")[0])
