"""Which checks of some hosts say otherwise after something was written than before."""

from collections.abc import Sequence
from datetime import datetime

from incidents.hosts.afterwards import Finish, Moved
from incidents.hosts.models import Host
from incidents.patterns.judge import judge_hosts
from incidents.patterns.models import HostVerdicts, Pattern

BUDGET_SECONDS = 2.0
States = dict[int, dict[str, str]]


def watch(host_ids: Sequence[int]) -> Finish:
    """Remember how the checks stand; what is returned judges the hosts again and compares."""
    ids = list(host_ids)
    before = _states(ids)

    def finish(now: datetime) -> list[Moved]:
        if ids:
            judge_hosts(ids, now=now, budget_seconds=BUDGET_SECONDS)
        return _moved(before, _states(ids))

    return finish


def _states(ids: list[int]) -> States:
    rows = HostVerdicts.objects.filter(host__in=ids).values_list("host", "verdicts")
    return {pk: {slug: said["state"] for slug, said in found.items()} for pk, found in rows}


def _moved(before: States, after: States) -> list[Moved]:
    changes = [
        (pk, slug, before.get(pk, {}).get(slug), state)
        for pk, states in after.items()
        for slug, state in states.items()
        if before.get(pk, {}).get(slug) not in (None, state)
    ]
    names = dict(Host.objects.filter(pk__in={c[0] for c in changes}).values_list("pk", "name"))
    titles = dict(
        Pattern.objects.filter(slug__in={c[1] for c in changes}).values_list("slug", "title")
    )
    moved = [
        Moved(names[pk], slug, titles.get(slug, slug), was or "", now)
        for pk, slug, was, now in changes
    ]
    return sorted(moved, key=lambda one: (one.title, one.host))
