"""Shipped lessons load as often as one likes and never write over a team's words."""

from pathlib import Path

import pytest
from django.core.management import call_command

from incidents.records.models import Factor, Lesson
from incidents.records.shipped import LIBRARY, load_shipped, read_lesson, read_library
from kb.accounts.models import User
from kb.wiki import revisions

FIRST = "---\ntitle: RAID is not a backup\nstatement: It brings nothing back.\n---\n\nWhy.\n"


def shipped(folder: Path, text: str = FIRST) -> Path:
    (folder / "raid.md").write_text(text)
    return folder


def test_every_lesson_that_ships_can_be_read_and_fits() -> None:
    lessons = list(read_library())
    assert len(lessons) == len(list(LIBRARY.glob("*.md"))) >= 10
    for lesson in lessons:
        assert lesson.why
        assert len(lesson.title) <= 200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Just words.", "begin with front matter"),
        ("---\ntitle: [\n---\nx", "is no YAML"),
        ("---\ntitle: T\n---\nx", "needs a title and a statement"),
        ("---\n- a\n---\nx", "needs a title and a statement"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_missing(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_lesson("raid", text)


@pytest.mark.django_db
def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    assert load_shipped(folder).created == ["raid"]
    assert load_shipped(folder).kept == ["raid"]
    lesson = Lesson.objects.get()
    assert (lesson.origin, lesson.revision, lesson.why) == ("library", 1, "Why.")
    assert Factor.objects.filter(slug="hardware").count() == 1


@pytest.mark.django_db
def test_a_new_wording_reaches_untouched_lessons(tmp_path: Path) -> None:
    load_shipped(shipped(tmp_path))
    assert load_shipped(shipped(tmp_path, FIRST + "And more.\n")).updated == ["raid"]
    assert Lesson.objects.get().why == "Why.\nAnd more."
    assert load_shipped(tmp_path).kept == ["raid"]


@pytest.mark.django_db
def test_what_a_team_changed_stays_theirs(tmp_path: Path, responder: User) -> None:
    load_shipped(shipped(tmp_path))
    lesson = Lesson.objects.get()
    revisions.save(lesson, expected=1, by=responder, changes={"why": "Our why."})
    assert load_shipped(shipped(tmp_path, FIRST + "And more.\n")).kept == ["raid"]
    assert Lesson.objects.get().why == "Our why."


@pytest.mark.django_db
def test_a_lesson_of_the_team_with_the_same_address_stays_theirs(tmp_path: Path) -> None:
    Lesson.objects.create(slug="raid", title="Ours", statement="Ours.")
    assert load_shipped(shipped(tmp_path)).kept == ["raid"]
    assert Lesson.objects.get().title == "Ours"


@pytest.mark.django_db
def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    count = len(list(LIBRARY.glob("*.md")))
    call_command("load_lessons")
    call_command("load_lessons")
    assert capsys.readouterr().out.splitlines() == [
        f"{count} lessons loaded, 0 updated, 0 left as they are.",
        f"0 lessons loaded, 0 updated, {count} left as they are.",
    ]
