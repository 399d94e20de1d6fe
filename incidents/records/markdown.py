"""A write-up as Markdown with front matter, and back: what is written is read without loss.

The front matter holds what is a name or a moment; every text stands under a heading of its own.
A line of a text that would look like such a heading gets a backslash before it, and loses it when
read.  Foreign files are taken as far as they go: what stands before the first heading we know is
the story, and keys we do not know are kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import yaml

from incidents.records.parts import HEADINGS

TIMELINE = "Timeline"
_NAMES = {heading.lower(): name for name, heading in HEADINGS.items()}
_KNOWN = "|".join(re.escape(heading) for heading in (*HEADINGS.values(), TIMELINE))
_HEADING = re.compile(rf"^## ({_KNOWN})[ \t]*$", re.MULTILINE | re.IGNORECASE)
_LIKE_HEADING = re.compile(rf"^(\\*)(?=## (?:{_KNOWN})[ \t]*$)", re.MULTILINE | re.IGNORECASE)
_ESCAPED = re.compile(rf"^\\(?=\\*## (?:{_KNOWN})[ \t]*$)", re.MULTILINE | re.IGNORECASE)
_ITEM = re.compile(r"- (\d{4}-\d\d-\d\d\S*)(?:, (fact|interpretation))?(?:, by (\S+))?")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line of a timeline."""

    at: datetime
    what: str
    evidence: str = ""
    kind: str = "fact"
    by: str = ""


@dataclass(slots=True)
class WriteUp:
    """A write-up between the database and its file: ``head`` is the front matter."""

    head: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    timeline: list[ToldLine] = field(default_factory=list)


class NotReadable(ValueError):
    """The file is no write-up; the message says which part and how to mend it."""


class _Dumper(yaml.SafeDumper):
    """Ends of lines other than ``\\n`` are written as escapes: PyYAML would lose them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.search("[\x85\u2028\u2029]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
# Choices of a model are words as well.
_Dumper.add_multi_representer(str, lambda dumper, choice: _text(dumper, str(choice)))


def write(told: WriteUp) -> str:
    """The file of a write-up."""
    title = " ".join(str(told.head.get("title", "")).split())
    head = yaml.dump(told.head, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    parts = [f"---\n{head}---\n\n# {title}\n\n"]
    parts += [_section(HEADINGS[name], text) for name in HEADINGS if (text := told.texts.get(name))]
    if told.timeline:
        parts.append(timeline_text(told.timeline) + "\n")
    return "".join(parts)[:-1]


def timeline_text(lines: Sequence[ToldLine]) -> str:
    """The timeline as the section that it is in the file."""
    return _section(TIMELINE, "\n".join(map(_item, lines)), escape=False)[:-1]


def read(text: str) -> WriteUp:
    """The write-up in a file.  Raises ``NotReadable`` where the front matter cannot be read."""
    head, body = _front(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    told = WriteUp(head)
    before, sections = _split(body)
    for heading, words in sections:
        if heading.lower() != TIMELINE.lower():
            name = _NAMES[heading.lower()]
            told.texts[name] = _joined(told.texts.get(name), _ESCAPED.sub("", words))
            continue
        lines, rest = _items(words)
        told.timeline += lines
        if rest:  # somebody's own form of a timeline: kept as words
            told.texts["body"] = _joined(told.texts.get("body"), f"## {TIMELINE}\n\n{rest}")
    if before:
        told.texts["body"] = _joined(before, told.texts.get("body", ""))
    return told


# --- sections ---------------------------------------------------------------------------------


def _section(heading: str, text: str, *, escape: bool = True) -> str:
    return f"## {heading}\n\n{_LIKE_HEADING.sub(_with_backslash, text) if escape else text}\n\n"


def _with_backslash(match: re.Match[str]) -> str:
    return f"\\{match[1]}"


def _split(body: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first known heading (less the title), and heading → words."""
    body += "\n"
    heads = list(_HEADING.finditer(body))
    first = heads[0].start() if heads else len(body)
    before = re.sub(r"\A\s*# [^\n]*\n", "", body[:first]).strip("\n")
    ends = [match.start() for match in heads[1:]] + [len(body)]
    return before, [
        (match[1], _words(body[match.end() : end])) for match, end in zip(heads, ends, strict=False)
    ]


def _words(chunk: str) -> str:
    """What a section says, less the blank lines that were written around it."""
    return chunk.removeprefix("\n").removeprefix("\n").removesuffix("\n\n")


def _joined(first: str | None, second: str) -> str:
    return "\n\n".join(text for text in (first, second) if text)


def _front(text: str) -> tuple[dict[str, Any], str]:
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    try:
        head = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise NotReadable(f"The front matter between the lines of --- is no YAML: {said}") from None
    if head is None:
        head = {}
    if not isinstance(head, dict):
        raise NotReadable("The front matter must be a list of names with their values.")
    return {str(name): value for name, value in head.items()}, text[match.end() :]


# --- the timeline -----------------------------------------------------------------------------


def _item(line: ToldLine) -> str:
    moment = line.at.astimezone(UTC)
    stamp = moment.replace(tzinfo=None).isoformat() + "Z"
    by = f", by {line.by}" if line.by else ""
    words = [_indent(re.sub(r"^(?=\\*>)", r"\\", one)) for one in line.what.split("\n")]
    evidence = [f"  > {one}".rstrip() if not one else f"  > {one}"
                for one in line.evidence.split("\n")] if line.evidence else []  # fmt: skip
    return "\n".join([f"- {stamp}, {line.kind}{by}", *words, *evidence])


def _indent(line: str) -> str:
    return f"  {line}" if line else ""


def _items(words: str) -> tuple[list[ToldLine], str]:
    """The lines of a timeline; all of the words instead where one of them cannot be read."""
    found: list[ToldLine] = []
    for head, body in _blocks(words.split("\n")):
        match = _ITEM.fullmatch(head)
        at = _moment(match[1]) if match else None
        if match is None or at is None:
            return [], words
        what = [re.sub(r"^\\(?=\\*>)", "", one.removeprefix("  ")) for one in body
                if not one.startswith("  >")]  # fmt: skip
        proof = [one[3:].removeprefix(" ") for one in body if one.startswith("  >")]
        found.append(
            ToldLine(at, "\n".join(what), "\n".join(proof), match[2] or "fact", match[3] or "")
        )
    return found, ""


def _blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    head: str | None = None
    body: list[str] = []
    for line in lines:
        if line.startswith("- ") or head is None:
            if head is not None:
                yield head, body
            head, body = line, []
        else:
            body.append(line)
    if head is not None:
        yield head, body


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def moment(value: Any) -> datetime | None:
    """A moment of the front matter as YAML read it; a day is its first moment, all in UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return _moment(value.strip().replace(" ", "T", 1)) if isinstance(value, str) else None
