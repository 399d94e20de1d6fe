"""The words in a file, so that attachments are found by what they say.

A file comes from anybody: reading it is bounded in bytes, time and memory, and never raises.
Text is read here; a PDF, whose reader is a large program fed by strangers, in a process of its
own that the system stops at its limits (``pdf_words``).
"""

import codecs
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

MOST_BYTES = 20_000_000  # of a file; of a longer text the beginning is read, a longer PDF is not
MOST_TEXT = 200_000  # characters that are kept
SECONDS = 20
DEEPEST = 60

PLAIN = frozenset(
    {".txt", ".md", ".markdown", ".log", ".csv", ".tsv", ".conf", ".ini", ".yaml", ".yml"}
)
KINDS = PLAIN | {".json", ".pdf"}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHILD = Path(__file__).with_name("pdf_words.py")
_WHITE = {ord(sign): " " for sign in map(chr, [*range(9), *range(11, 32), 127])}


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read; ``note`` says why it is nothing, or not all."""

    text: str = ""
    note: str = ""


def readable(name: str) -> bool:
    """Whether files called so are looked into."""
    return PurePath(name.lower()).suffix in KINDS


def extract(name: str, content: bytes) -> Extracted:
    """The words in ``content``, a file called ``name``.  Never raises."""
    suffix = PurePath(name.lower()).suffix
    if suffix not in KINDS:
        return Extracted(note="files of this kind are found by their name only")
    try:
        if suffix == ".pdf":
            return _pdf(content)
        return _bounded(_json(content) if suffix == ".json" else _plain(content), len(content))
    except Exception as error:  # whatever a file can do to a reader
        return Extracted(note=f"it could not be read ({type(error).__name__})")


def _bounded(text: str, size: int) -> Extracted:
    cut = len(text) > MOST_TEXT or size > MOST_BYTES
    return Extracted(_tidy(text[:MOST_TEXT]), "only its beginning is searched" if cut else "")


def _tidy(text: str) -> str:
    """Without the signs that no database and no page wants, nor halves of characters."""
    return text.translate(_WHITE).encode("utf-8", "ignore").decode("utf-8").strip()


def _plain(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[: 4 * MOST_TEXT + 4].decode(encoding, "replace")
    if b"\x00" in content[:4096]:
        raise ValueError("this is no text")
    whole = len(content)
    content = content[: 4 * MOST_TEXT + 4]  # a character has at most four bytes
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(content) < whole and error.start >= len(content) - 4:  # cut inside a character
            return content.decode("utf-8", "ignore")
        return content.decode("cp1252", "replace")


def _json(content: bytes) -> str:
    """Names and values, without the signs between them; what is no JSON after all, as text."""
    text = _plain(content)
    if len(content) > 4 * MOST_TEXT:
        return text
    try:
        return "\n".join(_leaves(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _leaves(value: Any) -> list[str]:
    found: list[str] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, dict) and depth < DEEPEST:
            for name, inner in reversed(one.items()):
                waiting += [(inner, depth + 1), (str(name), depth + 1)]
        elif isinstance(one, list) and depth < DEEPEST:
            waiting += [(inner, depth + 1) for inner in reversed(one)]
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            found.append(str(one))
    return found


def _pdf(content: bytes) -> Extracted:
    if len(content) > MOST_BYTES:
        return Extracted(note=f"a PDF of more than {MOST_BYTES // 1_000_000} MB is not read")
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(MOST_TEXT), str(SECONDS)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Extracted(note=f"reading it took longer than {SECONDS} seconds")
    text = _tidy(child.stdout.decode("utf-8", "ignore"))
    notes = {0: "", 3: "only its beginning is searched", 4: "it is locked with a password"}
    note = notes.get(child.returncode, "it could not be read to its end")
    if not text and not note:
        note = "it has no text in it; a scan, perhaps"
    return Extracted(text[:MOST_TEXT], note)
