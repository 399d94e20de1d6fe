"""Over five hundred mails, a server of many moods, and a sender that is killed again and again:
one accepted mail each, a second only where nobody could know, under the same Message-ID."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from incidents.digests.models import Subscription
from kb.accounts.models import User
from tests.support.factories import NOW, make_flag, make_host, make_pattern
from tests.support.mailserver import Postbox, free_port, mail_server

ROOT = Path(__file__).resolve().parents[2]
MANY = 510
KILLS = 10
REFUSED = "person-7@example.net"


class Moody(Postbox):
    """Mostly takes what comes; ``lost`` are those it took without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.random = random.Random(7)
        self.lost: list[str] = []
        self.refused_recipients = {REFUSED: "550 no such person"}

    def answer(self, recipients: list[str]) -> str:
        mood = self.random.random()
        if mood < 0.02:
            self.lost += recipients
            return self.DROP
        if mood < 0.04:
            return self.HANG_UP
        if mood < 0.07:
            return "451 later"
        if mood < 0.09:
            time.sleep(0.05)
        return "250 kept"


class Sender:
    """The process of ``tests.support.sender``."""

    def __init__(self, database: str, port: int, folder: Path) -> None:
        with (folder / "sender.log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.sender"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ
                | {
                    "DATABASE_URL": database,
                    "DATA_DIR": str(folder),
                    "EMAIL_URL": f"smtp://127.0.0.1:{port}",
                    "DJANGO_SETTINGS_MODULE": "kb.settings",
                    "SECRET_KEY": "a key for tests only",
                    "MAIL_FROM": "Twiceshy <twiceshy@example.net>",
                    "MAIL_SPREAD_MINUTES": "0",
                },
            )

    def order(self, word: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@contextmanager
def sender(folder: Path, port: int) -> Iterator[Sender]:
    running = Sender(_database(folder), port, folder)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        for pipe in (running.process.stdin, running.process.stdout):
            assert pipe is not None
            pipe.close()


def _database(folder: Path) -> str:
    """The database of the test as another process reaches it."""
    if connection.vendor == "postgresql":
        name = str(connection.settings_dict["NAME"])
        whole = os.environ["TEST_DATABASE_URL"]
        head, _, query = whole.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    path = folder / "copy.sqlite3"
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()
    return f"sqlite:///{path}"


@pytest.fixture
def subscribers(transactional_db: None) -> None:
    people = User.objects.bulk_create(
        [User(username=f"person-{n}", email=f"person-{n}@example.net") for n in range(MANY)]
    )
    Subscription.objects.bulk_create(
        [Subscription(user=one, created_at=NOW - timedelta(days=60)) for one in people]
    )
    make_flag(make_pattern("raid-only"), make_host("david"), at=NOW - timedelta(days=3))


def test_every_mail_is_sent_once_whenever_the_sender_dies(
    subscribers: None, tmp_path: Path
) -> None:
    chance, box, port, moment = random.Random(11), Moody(), free_port(), NOW
    with sender(tmp_path, port) as mailer:
        moment = _round(mailer, moment)  # nobody listens yet: the server is down
        assert mailer.order("wait") == "0"
        with mail_server(postbox=box, port=port):
            for _ in range(KILLS):
                moment = _round(mailer, moment, kill_after=chance.uniform(0.05, 0.9))
        moment = _round(mailer, moment)  # and down once more
        mailer.order("wait")
        with mail_server(postbox=box, port=port):
            for _ in range(60):
                moment = _round(mailer, moment)
                mailer.order("wait")
                rows = json.loads(mailer.order("report"))
                if {state for _, state, _, _ in rows} <= {"sent", "failed"}:
                    break
    _check(box, rows)


def _round(mailer: Sender, moment: datetime, kill_after: float = 0) -> datetime:
    """Send as of ``moment``, perhaps not to its end; a claim has run out by the next moment."""
    child = int(mailer.order(moment.isoformat()))
    if kill_after:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
        mailer.order("wait")
    return moment + timedelta(minutes=11)


def _check(box: Moody, rows: list[Any]) -> None:
    states = {address: state for address, state, _, _ in rows}
    assert len(rows) == MANY
    assert states.pop(REFUSED) == "failed"
    assert set(states.values()) == {"sent"}
    copies = Counter(box.recipients)
    assert set(copies) == set(states)  # none was lost
    doubtful = Counter(box.lost)
    again = {address: n - 1 for address, n in copies.items() if n > 1}
    killed = sum(died for _, _, _, died in rows)
    assert 0 < killed <= KILLS
    unexplained = sum(max(0, n - doubtful[address]) for address, n in again.items())
    assert unexplained <= killed  # accepted, and killed before it was noted
    numbers: dict[str, set[str]] = {}
    for message in box.accepted:
        numbers.setdefault(str(message["To"]), set()).add(str(message["Message-ID"]))
    assert all(len(ids) == 1 for ids in numbers.values())
    assert len({next(iter(ids)) for ids in numbers.values()}) == len(states)
