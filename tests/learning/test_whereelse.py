"""Where else could this happen?"""

import pytest

from incidents.learning.whereelse import where_else
from kb.accounts.models import User
from tests.support.factories import (
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
)

pytestmark = pytest.mark.django_db


def test_it_names_other_hosts_that_its_patterns_or_its_lessons_patterns_flag(viewer: User) -> None:
    robert, david, mail = make_host("robert"), make_host("david"), make_host("mail-02")
    lesson = make_lesson("RAID", slug="raid")
    watching = make_pattern("raid-only", title="A", lessons=["raid"])
    named = make_pattern("pair", title="B")
    other = make_pattern("other", title="C")
    make_pattern("off", lessons=["raid"], enabled=False)
    incident = make_incident(hosts=[david], lessons=[lesson])
    incident.patterns.add(named)
    make_flag(watching, robert)
    make_flag(named, mail, state="acknowledged")
    make_flag(watching, david)
    make_flag(other, robert)
    make_flag(named, robert, state="resolved")
    found = where_else(incident, viewer)
    assert [pattern.slug for pattern in found.patterns] == ["raid-only", "pair"]
    assert [(f.host.name, f.pattern.slug) for f in found.elsewhere] == [
        ("mail-02", "pair"),
        ("robert", "raid-only"),
    ]
    assert [flag.host.name for flag in found.here] == ["david"]


def test_without_a_pattern_nobody_is_asked(viewer: User) -> None:
    found = where_else(make_incident(lessons=[make_lesson()]), viewer)
    assert (found.patterns, found.elsewhere, found.here) == ([], [], [])


def test_many_are_counted_beyond_those_named(viewer: User) -> None:
    incident = make_incident()
    pattern = make_pattern("p")
    incident.patterns.add(pattern)
    for number in range(27):
        make_flag(pattern, make_host(f"h-{number:02}"))
    found = where_else(incident, viewer)
    assert (len(found.elsewhere), found.more) == (25, 2)
