"""A made-up fleet in the database: hosts with documents, groups, nests and peers."""

from datetime import timedelta

from incidents.hosts.models import Host, RedundancyGroup
from tests.bench.documents import NOW, ROLES, document

BATCH = 1_000
PAIRS = 20  # two hosts in so many stand in for each other
NEST = 200  # one host in so many carries the guests among them
GUESTS = 25  # one host in so many is a guest


def load_fleet(size: int) -> None:
    """``size`` hosts; every tenth stands in a pair, every 25th runs inside another, eight to a
    machine.  A batch at a time, so that a large fleet is never in memory."""
    for start in range(0, size, BATCH):
        _load(range(start, min(start + BATCH, size)))


def _load(numbers: range) -> None:
    hosts = dict(zip(numbers, map(_host, numbers), strict=True))
    Host.objects.bulk_create(hosts.values(), batch_size=500)
    pairs = [number for number in numbers if number % PAIRS == 0 and number + 1 in hosts]
    groups = RedundancyGroup.objects.bulk_create(
        RedundancyGroup(slug=f"pair-{number}", name=f"Pair {number}") for number in pairs
    )
    through = RedundancyGroup.members.through
    through.objects.bulk_create(
        through(redundancygroup=group, host=hosts[number + n])
        for group, number in zip(groups, pairs, strict=True)
        for n in (0, 1)
    )
    guests = [number for number in numbers if number % GUESTS == 7]
    for number in guests:
        hosts[number].parent, hosts[number].kind = hosts[number - number % NEST], "virtual"
    Host.objects.bulk_update([hosts[number] for number in guests], ["parent", "kind"])


def _host(number: int) -> Host:
    seen = NOW - timedelta(minutes=number % 1440)
    facts = document(number)
    return Host(
        name=f"host-{number}",
        kind="physical",
        environment="production" if number % 5 else "staging",
        role=ROLES[number % len(ROLES)],
        criticality="high" if number % 9 == 0 else "normal",
        facts=facts,
        observed={section: {"sources": {"ansible": seen.isoformat()}} for section in facts},
        last_report_at=seen,
    )
