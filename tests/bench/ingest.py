"""Taking a report in, against parsing its JSON and inserting it once."""

import json
from collections.abc import Iterator

from django.db import transaction

from incidents.facts.readers import read
from incidents.hosts.ingest import ingest
from incidents.hosts.models import FactSample, Host, Site
from incidents.intake.take import take
from tests.bench.documents import NOW, document
from tests.bench.measure import Ratio, compare


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
        Site.objects.all().delete()

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
    yield compare("first report, stored", store, limit, bare, turns=3, before=forget)
    yield compare("unchanged report, stored", store, limit, bare, turns=3)
    yield compare("unchanged report, flags judged", answer, limit, bare, turns=3)
    forget()
