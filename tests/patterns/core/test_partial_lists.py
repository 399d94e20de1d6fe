"""Lists of which some entries are only partly known."""

import pytest

from incidents.patterns.language import Unknown, compile_expression

#: One is offsite, one is not, of the third nobody said.
THREE = {"backups": [{"offsite": True, "tool": "restic"}, {"offsite": False, "tool": "tar"}, {}]}
TWO_SURE = {"backups": [{"offsite": True}, {"offsite": True}, {}]}
NONE_SURE = {"backups": [{"offsite": False}, {"offsite": False}, {}]}
OPEN = "open"


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ("backups.exists(b, b.offsite)", THREE, True),
        ("backups.exists(b, b.offsite)", NONE_SURE, OPEN),
        ("backups.all(b, b.offsite)", THREE, False),
        ("backups.all(b, b.offsite)", TWO_SURE, OPEN),
        ("backups.exists_one(b, b.offsite)", THREE, OPEN),
        ("backups.exists_one(b, b.offsite)", TWO_SURE, False),
        ("backups.exists_one(b, b.offsite)", NONE_SURE, OPEN),
        ("backups.filter(b, b.offsite).size() > 0", THREE, True),
        ("backups.filter(b, b.offsite).size() > 1", THREE, OPEN),
        ("backups.filter(b, b.offsite).size() > 2", THREE, False),
        ("backups.filter(b, b.offsite).size() == 3", THREE, False),
        ("backups.filter(b, b.offsite).size() == 2", THREE, OPEN),
        ("backups.filter(b, b.offsite).size() != 3", THREE, True),
        ("3 > backups.filter(b, b.offsite).size()", THREE, True),
        ("backups.filter(b, b.offsite).size() == backups.size()", THREE, False),
        ("backups.filter(b, b.offsite).exists(c, c.tool == 'restic')", THREE, True),
        ("backups.filter(b, b.offsite).exists(c, c.tool == 'tar')", THREE, OPEN),
        ("backups.filter(b, b.offsite).all(c, c.tool == 'restic')", THREE, OPEN),
        ("backups.filter(b, b.offsite).all(c, c.tool == 'tar')", THREE, False),
        ("'restic' in backups.map(b, b.tool)", THREE, True),
        ("'borg' in backups.map(b, b.tool)", THREE, OPEN),
        ("'tar' in backups.filter(b, b.offsite).map(b, b.tool)", THREE, OPEN),
        ("'restic' in backups.filter(b, b.offsite).map(b, b.tool)", THREE, True),
        ("host.role in ['web']", {"host": {}}, OPEN),
        ("host.role in backups.map(b, b.tool)", {"backups": [], "host": {}}, False),
        ("backups.map(b, b.tool).size() == 3", THREE, True),
        ("os.rolling ? 1 == 1 : 2 == 2", {}, True),
        ("os.rolling ? 1 == 1 : 1 == 2", {}, OPEN),
        ("(os.rolling ? 5 : 7) > 3", {}, OPEN),
    ],
)
def test_an_answer_is_given_as_soon_as_the_rest_cannot_change_it(text, facts, answer):
    found = compile_expression(text).bind({}).walk(facts)

    assert (OPEN if isinstance(found, Unknown) else found) == answer
