"""The lessons and contributing factors that ship: loaded as often as one likes.

A lesson is ``library/<slug>.md``: front matter (title, statement, perhaps scope and tags), then
Markdown.  What a team has changed stays theirs; what it has not follows the new wording.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.db import transaction

from incidents.records.factors import load_factors
from incidents.records.lessons import create_lesson
from incidents.records.models import Lesson
from kb.wiki import revisions

LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class ShippedLesson:
    """One file of the library."""

    slug: str
    title: str
    statement: str
    why: str
    scope: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return _digest(self.title, self.statement, self.why, self.scope, self.tags)


@dataclass(slots=True)
class Loaded:
    """What loading did, by slug."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def read_library(folder: Path = LIBRARY) -> Iterator[ShippedLesson]:
    """Every lesson of ``folder``, by name; a file that cannot be read is a ``ValueError``."""
    for path in sorted(folder.glob("*.md")):
        yield read_lesson(path.stem, path.read_text(encoding="utf-8"))


def read_lesson(slug: str, text: str) -> ShippedLesson:
    """A lesson from its front matter and Markdown; a ``ValueError`` says what is missing."""
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError(f"{slug}: begin with front matter between two lines of ---")
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise ValueError(f"{slug}: the front matter is no YAML: {error}") from error
    if not isinstance(head, dict) or not head.get("title") or not head.get("statement"):
        raise ValueError(f"{slug}: the front matter needs a title and a statement")
    return ShippedLesson(
        slug=slug,
        title=str(head["title"]).strip(),
        statement=str(head["statement"]).strip(),
        why=parts[2].strip(),
        scope=str(head.get("scope") or "").strip(),
        tags=[str(tag) for tag in head.get("tags") or []],
    )


@transaction.atomic
def load_shipped(folder: Path = LIBRARY) -> Loaded:
    """Bring factors and lessons to what ships now, and leave alone what people made theirs."""
    load_factors()
    return load_lessons(read_library(folder))


def load_lessons(shipped: Iterable[ShippedLesson]) -> Loaded:
    done = Loaded()
    for one in shipped:
        lesson = Lesson.objects.select_for_update().filter(slug=one.slug).first()
        if lesson is None:
            _create(one)
            done.created.append(one.slug)
        elif _is_untouched(lesson) and lesson.shipped_digest != one.digest:
            _update(lesson, one)
            done.updated.append(one.slug)
        else:
            done.kept.append(one.slug)
    return done


def _create(one: ShippedLesson) -> None:
    create_lesson(
        by=None,
        title=one.title,
        statement=one.statement,
        slug=one.slug,
        why=one.why,
        scope=one.scope,
        tags=one.tags,
        origin="library",
        shipped_digest=one.digest,
    )


def _update(lesson: Lesson, one: ShippedLesson) -> None:
    revisions.save(
        lesson,
        expected=lesson.revision,
        by=None,
        changes={
            "title": one.title,
            "statement": one.statement,
            "why": one.why,
            "scope": one.scope,
            "tags": one.tags,
        },
        comment="A new wording was shipped",
    )
    Lesson.objects.filter(pk=lesson.pk).update(shipped_digest=one.digest)


def _is_untouched(lesson: Lesson) -> bool:
    """Whether the words are still those that were shipped."""
    words = _digest(lesson.title, lesson.statement, lesson.why, lesson.scope, lesson.tags)
    return lesson.origin == "library" and words == lesson.shipped_digest


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
