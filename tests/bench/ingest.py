"""Taking reports in, against parsing their JSON and inserting the same bytes in one statement."""

import io
import json
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from rest_framework.test import APIClient

from incidents.hosts.models import FactSample, Host, Site
from incidents.intake.bulk import Asked, Tally, results
from incidents.patterns.models import HostVerdicts
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.bench.ansible import ansible_document, stamp
from tests.bench.measure import Ratio, against, compare, say

LIMIT = "JSON parse + one multi-row insert"
MOST = 1000


def measure(size: int) -> Iterator[Ratio]:
    """Real-shaped Ansible documents through the API and the command: first, and unchanged."""
    count = min(size, MOST)
    bodies = [json.dumps(ansible_document(number)) for number in range(count)]
    say(f"  {count} documents a turn, {sum(map(len, bodies)) // count:,} bytes each")

    def bare() -> None:
        """The bytes in as few statements as the database takes, in one transaction."""
        with transaction.atomic():
            Site.objects.bulk_create(
                [
                    Site(slug=f"bare-{n}", name="bare", notes=body)
                    for n, body in enumerate(bodies)
                    if json.loads(body)
                ],
                batch_size=500,
            )

    def no_rows() -> None:
        Site.objects.filter(slug__startswith="bare-").delete()

    def forget() -> None:
        hosts = Host.objects.filter(name__startswith="machine-")
        HostVerdicts.objects.filter(host__in=hosts).delete()
        hosts.delete()
        FactSample.objects.all().delete()
        OutboxRow.objects.all().delete()

    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(bodies):
            Path(folder, f"machine-{number}.json").write_text(body)
        command = _command(folder)
        for name, work, before in (
            ("API, first", _api(bodies), forget),
            ("API, unchanged", _api(bodies), _judged(command, _api(bodies))),
            ("command --later, first", _command(folder, later=True), forget),
            ("command, unchanged", command, _judged(command, command)),
            ("command, first, flags judged", command, forget),
        ):
            yield compare(name, work, LIMIT, bare, before=before, before_limit=no_rows)
    forget()
    gathered = Gathered(bodies)
    yield compare("API, gathered anew, nothing new", lambda: gathered.send(), LIMIT, bare,
                  before=gathered.anew, before_limit=no_rows)  # fmt: skip
    forget()
    no_rows()
    yield from _memory(bodies)
    forget()


class Gathered:
    """The same machines an hour later each time: only their clocks have moved."""

    def __init__(self, bodies: list[str]) -> None:
        self.documents = [json.loads(body) for body in bodies]
        self.hour = 0
        self.anew()
        self.send()

    def anew(self) -> None:
        """The next hour's documents; nothing is sent yet."""
        self.hour += 1
        for document in self.documents:
            facts = document["ansible_facts"]
            facts["ansible_date_time"]["iso8601"] = stamp(self.hour - 100)
            facts["ansible_uptime_seconds"] += 3600
        self.send = _api([json.dumps(one) for one in self.documents])


def _command(folder: str, *, later: bool = False) -> Callable[[], object]:
    def run() -> None:
        call_command("import_facts", folder, later=later, stdout=io.StringIO())

    return run


def _judged(command: Callable[[], object], door: Callable[[], object]) -> Callable[[], None]:
    """As a fleet stands whose last reports came in by this door, and were judged."""
    sent: list[bool] = []

    def prepare() -> None:
        if not HostVerdicts.objects.filter(host__name__startswith="machine-").exists():
            command()
        if not sent:
            sent.append(bool(door()))

    return prepare


def _lines(bodies: list[str]) -> bytes:
    return "".join(f"{body}\n" for body in bodies).encode()


def _api(bodies: list[str]) -> Callable[[], object]:
    """The door itself; what it judges within its time is not the question here."""
    body, client = _lines(bodies), _client()

    def run() -> None:
        settings.JUDGE_SECONDS, waits = 0.0, settings.JUDGE_SECONDS
        try:
            answer = client.post("/api/v1/facts/", body, content_type="application/x-ndjson")
            assert answer.status_code == 200, answer.content
            last = json.loads([line for line in answer if line.strip()][-1])
            assert last["summary"]["refused"] == 0, last
        finally:
            settings.JUDGE_SECONDS = waits

    return run


def _client() -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    teller, _ = User.objects.get_or_create(username="teller", defaults={"role": "admin"})
    client.force_authenticate(teller)
    return client


def _memory(bodies: list[str]) -> Iterator[Ratio]:
    """Python's own memory at its highest, of all the documents and of a quarter of them."""
    few, many = (_most_held(part) for part in (bodies[: max(1, len(bodies) // 4)], bodies))
    yield against("memory, four times as many hosts", many, "memory of a quarter of them", few)


def _most_held(bodies: list[str]) -> float:
    def pieces() -> Iterator[bytes]:
        for body in bodies:
            yield body.encode() + b"\n"

    tracemalloc.start()
    try:
        for _ in results(pieces(), Tally(), Asked()):
            pass
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
