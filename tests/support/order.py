"""The order of the files: those that start real processes first, so that they wait beside the rest.

They take the longest and use a core the least.  Left to chance, one of them ends up last and alone.
"""

import pytest

#: Beginnings of paths below ``tests/``, the longest first; the first browser file makes the data of
#: the example (``tests.support.seeds``) while other workers are busy elsewhere.
FIRST = (
    "browser/test_editor.py",
    "road/test_killed_sweep.py",
    "bench/",
    "operations/test_up.py",
    "records/test_every_surface.py",
    "example/",
    "digests/test_golden.py",
    "browser/",
    "road/",
    "wiki/test_race.py",
    "search/test_kill.py",
    "digests/test_killed_sender.py",
    "patterns/test_dependants_always.py",
    "outbox/test_turn.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the files of ``FIRST`` to the front; files and tests keep their order otherwise."""
    items.sort(key=lambda item: place(item.nodeid.removeprefix("tests/")))


def place(path: str) -> int:
    for index, beginning in enumerate(FIRST):
        if path.startswith(beginning):
            return index
    return len(FIRST)
