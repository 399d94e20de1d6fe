"""A made-up fleet in the database: hosts with documents, groups, nests and peers."""

from incidents.hosts.models import Host, RedundancyGroup
from tests.bench.documents import NOW, ROLES, document


def load_fleet(size: int) -> None:
    """``size`` hosts; every tenth pair stands in for each other, some run inside others."""
    seen = NOW.isoformat()
    hosts = [
        Host(
            name=f"host-{number}",
            kind="physical",
            environment="production" if number % 5 else "staging",
            role=ROLES[number % len(ROLES)],
            criticality="high" if number % 9 == 0 else "normal",
            facts=(facts := document(number)),
            observed={section: {"sources": {"ansible": seen}} for section in facts},
            last_report_at=NOW,
        )
        for number in range(size)
    ]
    Host.objects.bulk_create(hosts, batch_size=500)
    for number in range(0, size - 1, 20):
        group = RedundancyGroup.objects.create(slug=f"pair-{number}", name=f"Pair {number}")
        group.members.set([hosts[number], hosts[number + 1]])
    guests = hosts[7::25]
    for guest in guests:
        guest.parent, guest.kind = hosts[0], "virtual"
    Host.objects.bulk_update(guests, ["parent", "kind"], batch_size=500)
