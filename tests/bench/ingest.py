"""Taking a report in, against parsing its JSON and inserting it once."""

import json
from collections.abc import Iterator

from django.db import transaction

from incidents.facts.readers import read
from incidents.hosts.ingest import ingest
from incidents.hosts.models import FactSample, Host, Site
from incidents.intake.take import take
from tests.bench.documents import NOW, document
from tests.bench.measure import Ratio, compare, say


def measure(size: int) -> Iterator[Ratio]:
    """First and unchanged reports, stored alone and stored with the flags judged."""
    count = min(size, 200)
    bodies = [
        json.dumps({"source": "bench", "observed_at": NOW.isoformat(), "sections": document(n)})
        for n in range(count)
    ]
    names = [f"ingest-{n}" for n in range(count)]

    def bare() -> None:
        for name, body in zip(names, bodies, strict=True):
            with transaction.atomic():
                sections = json.loads(body)["sections"]
                Site.objects.bulk_create([Site(slug=name, name=name, notes=json.dumps(sections))])

    def no_rows() -> None:
        Site.objects.filter(slug__startswith="ingest-").delete()

    def store() -> None:
        for name, body in zip(names, bodies, strict=True):
            (report,) = read(body, arrived_at=NOW, host=name)
            ingest(report, arrived_at=NOW)

    def answer() -> None:
        for name, body in zip(names, bodies, strict=True):
            (report,) = read(body, arrived_at=NOW, host=name)
            take(report, arrived_at=NOW)

    def forget() -> None:
        Host.objects.filter(name__startswith="ingest-").delete()
        FactSample.objects.all().delete()

    limit = "JSON parse + one insert"
    say(f"  {count} reports a turn")
    for name, work, before in (
        ("first report, stored", store, forget),
        ("unchanged report, stored", store, None),
        ("unchanged report, flags judged", answer, None),
    ):
        yield compare(name, work, limit, bare, before=before, before_limit=no_rows)
    forget()
    no_rows()
