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
    ``host:`` and ``service:`` look for, ``teams``, ``sites``, ``factors``, ``authors`` likewise
    (also several names of one thing), ``marks`` what ``is:`` asks for and ``has`` what ``has:``
    does.  ``due`` is when the first open thing in it was or is due.  Of things that are equally
    good the one of more ``weight`` comes first, then the newer.  ``allowed`` are the principals
    who may find it.
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
    sites: tuple[str, ...] | list[str] = ()
    teams: tuple[str, ...] | list[str] = ()
    factors: tuple[str, ...] | list[str] = ()
    authors: tuple[str, ...] | list[str] = ()
    marks: tuple[str, ...] | list[str] = ()
    has: tuple[str, ...] | list[str] = ()
    due: datetime | None = None
    weight: int = 0
    allowed: tuple[str, ...] | list[str] = (EVERYONE,)

    def __post_init__(self) -> None:
        if isinstance(self.allowed, str):  # a bare "everyone" would be read letter by letter
            object.__setattr__(self, "allowed", (self.allowed,))

    def values(self) -> dict[str, tuple[str, ...] | list[str]]:
        """What each field of the language is compared with."""
        return {
            "host": self.hosts,
            "service": self.services,
            "site": self.sites,
            "team": self.teams,
            "tag": self.tags,
            "severity": (self.severity,),
            "state": (self.state,),
            "factor": self.factors,
            "author": self.authors,
            "is": self.marks,
            "has": self.has,
        }

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
