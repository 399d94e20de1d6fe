"""What changed between two texts, word by word, as escaped HTML."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing words is quadratic: a paragraph of more words than this is shown as replaced.
_MOST_WORDS = 3000
# Many lines that all differ are compared as one block for the same reason.
_MOST_LINES = 5000


def diff(before: str, after: str) -> SafeString:
    """``after`` with ``<ins>`` around what is new and ``<del>`` where something stood before."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > _MOST_LINES:
        return mark_safe(_marked("del", before) + _marked("ins", after))  # noqa: S308 - escaped
    parts: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(escape("".join(new[k:m])))
        else:
            parts.append(_words("".join(old[i:j]), "".join(new[k:m])))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def _words(before: str, after: str) -> str:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return _marked("del", before) + _marked("ins", after)
    parts: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(escape("".join(new[k:m])))
        else:
            parts.append(_marked("del", _joined(old[i:j])) + _marked("ins", _joined(new[k:m])))
    return "".join(parts)


def _joined(words: Sequence[str]) -> str:
    return "".join(words)


def _marked(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if text else ""
