"""Versions of a pattern: what changed between two, and an old one made the present one again."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from incidents.patterns import shipped, yamltext
from incidents.patterns.models import Pattern, PatternVersion
from incidents.patterns.permissions import may_reword
from incidents.patterns.spec import PatternSpec, SpecError, dump_yaml, load_data
from kb.accounts.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """``sign``: + - or a space."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that two versions have differently, as lines of YAML."""

    name: str
    lines: list[Line]


def text_of(version: PatternVersion) -> str:
    """A version as YAML, even where it would no longer be accepted."""
    try:
        return dump_yaml(load_data(version.spec))
    except SpecError:
        return yamltext.write(version.spec)


def compare(old: PatternVersion, new: PatternVersion) -> list[Changed]:
    """What changed, field by field, in the order of the file."""
    names = [name for name in {**new.spec, **old.spec} if name != "version"]
    return [
        Changed(name, _lines(old.spec.get(name), new.spec.get(name)))
        for name in names
        if old.spec.get(name) != new.spec.get(name)
    ]


def _lines(before: Any, after: Any) -> list[Line]:
    old, new = (written(value) for value in (before, after))
    diff = difflib.ndiff(old, new)
    return [Line(line[0], line[2:]) for line in diff if line[0] in "+- "]


def written(value: Any) -> list[str]:
    """A field of a wording as lines of YAML."""
    if value is None:
        return []
    if isinstance(value, str):
        return value.rstrip("\n").split("\n")
    return yamltext.write({"x": value}).rstrip("\n").split("\n")[0 if _is_short(value) else 1 :]


def _is_short(value: Any) -> bool:
    return not isinstance(value, (list, dict)) or not value


def restore(pattern: Pattern, number: int, *, by: User, expected: int) -> Pattern:
    """Make an old wording the present one, as a new version.  Raises as ``save_pattern`` does."""
    old = pattern.versions.get(number=number)
    return shipped.save_pattern(
        dict(old.spec), by=by, pattern=pattern, expected=expected,
        comment=f"Version {number} again",
    )  # fmt: skip


# -- many at once -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one document: ``did`` is new, changed, unchanged or refused."""

    slug: str
    did: str
    problems: list[str]


def export(patterns: list[Pattern]) -> Iterator[str]:
    """All of them as one YAML text of several documents."""
    for pattern in patterns:
        version = pattern.versions.get(number=pattern.version)
        yield f"---\n{text_of(version)}"


def import_many(text: str, *, by: User) -> list[Imported]:
    """Take in the documents of a YAML text, each by itself: a bad one spoils no other."""
    return [_import_one(first, document, by) for first, document in documents(text)]


def documents(text: str) -> list[tuple[int, str]]:
    """(number of lines before it, text) of every document."""
    found: list[tuple[int, str]] = []
    begin, lines = 0, text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate([*lines, "---"]):
        if line.rstrip() == "---":
            body = "\n".join(lines[begin:number])
            if body.strip():
                found.append((begin, body + "\n"))
            begin = number + 1
    return found


def _import_one(first: int, text: str, by: User) -> Imported:
    slug = ""
    try:
        spec: PatternSpec = shipped.read(text)
        slug = spec.pattern
        row = Pattern.objects.filter(slug=slug).first()
        if row is not None and not may_reword(by, row):
            said = "Only an admin changes a shipped pattern."
            return Imported(slug, "refused", [said])
        before = row.version if row else 0
        saved = shipped.save_pattern(text, by=by, pattern=row, comment="Imported")
    except SpecError as error:
        mistakes = [
            f"line {one.line + first}: {one.message}"
            if one.line
            else f"{one.pointer}: {one.message}"
            for one in error.errors
        ]
        return Imported(slug or f"document from line {first + 1}", "refused", mistakes)
    if row is None:
        return Imported(slug, "new", [])
    return Imported(slug, "changed" if saved.version != before else "unchanged", [])
