"""What somebody asked lately, kept with their session and shown to nobody else."""

from django.contrib.sessions.backends.base import SessionBase

_NAME = "recent-searches"
MOST = 8
LONGEST = 200


def recent(session: SessionBase) -> list[str]:
    found = session.get(_NAME, [])
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def remember(session: SessionBase, text: str) -> None:
    """Put it first; asked again, nothing is written."""
    before = recent(session)
    if not text or len(text) > LONGEST or before[:1] == [text]:
        return
    session[_NAME] = [text, *(one for one in before if one != text)][:MOST]


def forget(session: SessionBase) -> None:
    session.pop(_NAME, None)
