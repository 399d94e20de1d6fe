"""What a thing looks like to search, and who may find it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from kb.accounts.models import User

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing as the index knows it.

    ``key`` is ``kind:pk``, the key of its row in the outbox.  ``natural_key`` is what tooling
    calls it (a host's name, an incident's number, a slug).  ``names`` are what it is called
    exactly: typed alone into the box, one of them leads straight here (a host's names and
    addresses; ``#12`` for an incident).  ``title`` and ``body`` are plain text, not Markdown.
    ``date`` orders results that are equally good.  ``hosts`` and ``services`` hold names that
    ``host:`` and ``service:`` look for.  ``allowed`` are the principals who may find it.
    """

    key: str
    kind: str
    natural_key: str
    title: str
    url: str
    names: tuple[str, ...] | list[str] = ()
    body: str = ""
    date: datetime | None = None
    severity: str = ""
    state: str = ""
    hosts: tuple[str, ...] | list[str] = ()
    services: tuple[str, ...] | list[str] = ()
    tags: tuple[str, ...] | list[str] = ()
    allowed: tuple[str, ...] | list[str] = (EVERYONE,)

    def __post_init__(self) -> None:
        if isinstance(self.allowed, str):  # a bare "everyone" would be read letter by letter
            object.__setattr__(self, "allowed", (self.allowed,))

    def marker(self) -> str:
        """Equal if and only if the documents are: what ``reconcile`` compares."""
        text = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def of_user(user_id: int) -> str:
    """The principal of one person, for ``Document.allowed``."""
    return f"u{user_id}"


def of_team(team_id: int) -> str:
    """The principal of a team's members, for ``Document.allowed``."""
    return f"t{team_id}"


def principals_of(user: User) -> frozenset[str]:
    """Everything this person is allowed as; nothing at all when signed out or switched off."""
    if not user.is_active:
        return frozenset()
    teams = user.teams.order_by().values_list("pk", flat=True)
    return frozenset({EVERYONE, of_user(user.pk), *map(of_team, teams)})
