"""Who has to be judged again because of a host, and remembering that it has to be done.

Rows of the outbox:

* ``judge`` (key: a host's primary key): judge whoever reads this host through a derived section;
  with ``{"itself": true}`` the host too (its record was edited, or there was no time to ask all).
* ``judge-peers`` (key: an environment): the shares of its fleet moved.  Of many rows that wait
  for one environment the drain hands over one.
* ``judge-pattern`` (key: a slug): a pattern was changed or switched on.
* ``judge-section`` (key: a section): something of the register changed that every host sees in a
  derived section, such as the list of advisories.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from django.db.models import QuerySet

from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service
from incidents.patterns.fleet.shared import MACHINES
from incidents.patterns.models import InUse
from kb.outbox.models import OutboxRow
from kb.outbox.post import post, post_many

TOPIC = "judge"
PEERS_TOPIC = "judge-peers"
PATTERN_TOPIC = "judge-pattern"
SECTION_TOPIC = "judge-section"


def dependants_of(host_ids: Iterable[int]) -> set[int]:
    """Active hosts whose groups, nest or services these hosts are part of; they themselves not.

    The peers of the fleet are not among them: they follow by environment (``peers_in``).
    """
    touched = set(host_ids)
    nest = _nest(touched)
    groups = RedundancyGroup.objects.filter(members__in=nest).order_by()
    services = Service.objects.filter(hosts__in=nest).order_by()
    found = nest | set(_members(groups)) | set(_carriers(services))
    active = Host.objects.filter(pk__in=found - touched, status=HostStatus.ACTIVE).order_by()
    return set(active.values_list("pk", flat=True))


def _nest(pks: set[int]) -> set[int]:
    """The hosts with everything around and inside them."""
    found, frontier = set(pks), set(pks)
    while frontier:
        above = Host.objects.filter(pk__in=frontier, parent__isnull=False).order_by()
        inside = Host.objects.filter(parent__in=frontier).order_by()
        frontier = set(above.values_list("parent_id", flat=True)) - found
        frontier |= set(inside.values_list("pk", flat=True)) - found
        found |= frontier
    return found


def _members(groups: QuerySet[RedundancyGroup]) -> Iterable[int]:
    through = RedundancyGroup.members.through.objects.filter(redundancygroup__in=groups)
    return through.order_by().values_list("host_id", flat=True).distinct()


def _carriers(services: QuerySet[Service]) -> Iterable[int]:
    through = Service.hosts.through.objects.filter(service__in=services)
    return through.order_by().values_list("host_id", flat=True).distinct()


def remember(
    host_ids: Sequence[int], *, environments: Set[str] = frozenset(), pending: Iterable[int] = ()
) -> None:
    """Inside the transaction that changed these hosts: have the background judge what follows.

    ``pending`` are hosts whose own patterns were not all asked yet.
    """
    late = set(pending)
    if soon := [str(pk) for pk in host_ids if pk not in late]:
        post_many(TOPIC, soon)
    if late:
        post_many(TOPIC, [str(pk) for pk in sorted(late)], {"itself": True})
    for environment in sorted(environments):
        post(PEERS_TOPIC, environment)


def remember_in_use(in_use: Mapping[str, bool]) -> None:
    """Inside the transaction of a judging: when people began to write down something new, or took
    back the only record of it, every host's answers about it change."""
    from incidents.patterns import compiled

    known = set(InUse.objects.filter(what__in=in_use).values_list("what", flat=True))
    begun = {what for what, used in in_use.items() if used} - known
    over = {what for what, used in in_use.items() if not used} & known
    if not begun and not over:
        return
    InUse.objects.filter(what__in=over).delete()
    InUse.objects.bulk_create([InUse(what=one) for one in begun], ignore_conflicts=True)
    library = compiled.enabled()
    for section in sorted({one.partition(":")[0] for one in begun | over}):
        post_many(PATTERN_TOPIC, sorted(library.reading(section).ready))


def remember_section(name: str) -> None:
    """Inside the transaction that changed something every host sees in a derived section."""
    post(SECTION_TOPIC, name)


def judge_section(names: Iterable[str]) -> None:
    """Something changed that a derived section of every host is made of: ask all who read it."""
    from incidents.patterns import compiled

    library = compiled.enabled()
    slugs = {slug for name in set(names) for slug in library.reading(name).ready}
    post_many(PATTERN_TOPIC, sorted(slugs))


def remember_pattern(slug: str) -> None:
    """Inside the transaction that changed a pattern: have the background ask it everywhere."""
    post(PATTERN_TOPIC, slug)


def judge_pattern(slugs: Iterable[str], now: datetime) -> int:
    """Ask these patterns, as they stand now, of every host; how many answers that were."""
    from incidents.patterns import compiled
    from incidents.patterns.judge import judge_only

    library = compiled.enabled()
    hosts = Host.objects.filter(status=HostStatus.ACTIVE).order_by("pk")
    ids = list(hosts.values_list("pk", flat=True))
    parts = [library.only(slug) for slug in sorted(set(slugs))]
    return sum(
        judge_only(ids, now=now, cause="pattern", library=part).hosts
        for part in parts
        if part.ready
    )


def judge_dependants(rows: Iterable[OutboxRow], now: datetime) -> int:
    """Judge everybody who depends on the hosts these rows name; how many that were."""
    from incidents.patterns.judge import judge_only

    rows = list(rows)
    touched = {int(row.key) for row in rows}
    late = {int(row.key) for row in rows if row.payload.get("itself")}
    return judge_only(sorted((dependants_of(touched) - touched) | late), now=now).hosts


def judge_peers(environments: Iterable[str], now: datetime) -> int:
    """Ask the patterns that read ``fleet`` of every machine of these environments."""
    from incidents.patterns import compiled
    from incidents.patterns.judge import judge_only

    wanted = set(environments)
    hosts = Host.objects.filter(
        environment__in=wanted, kind__in=MACHINES, status=HostStatus.ACTIVE
    ).order_by("pk")
    library = compiled.enabled().reading("fleet")
    if not library.ready:
        return 0
    return judge_only(list(hosts.values_list("pk", flat=True)), now=now, library=library).hosts
