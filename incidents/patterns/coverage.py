"""What we can't see: verdicts per pattern, and which facts would decide the most unknown ones."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max

from incidents.hosts.models import HostStatus
from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.models import HostVerdicts, Pattern
from incidents.patterns.verdict import State

CACHE_KEY = "patterns.coverage"
FOR_EXAMPLE = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """If ``section`` were known on these ``hosts``, ``verdicts`` unknown ones would be decided.

    What tools report is named by its section (``backups``), what people record by its field
    (``host.important``).  ``names`` are a few of the hosts.
    """

    section: str
    hosts: int
    verdicts: int
    names: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """What to do about it: collect it from the host, or record it."""
        return "record" if self.section.split(".")[0] in DERIVED_SECTIONS else "collect"


@dataclass(frozen=True, slots=True)
class Coverage:
    """``patterns``: slug → {state: hosts}; ``gaps``: the most telling first."""

    hosts: int = 0
    patterns: dict[str, dict[str, int]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        found = {str(state): 0 for state in State}
        for states in self.patterns.values():
            for state, count in states.items():
                found[state] += count
        return found


def coverage() -> Coverage:
    """How the fleet stands by its latest verdicts; counted anew only when one was evaluated."""
    stand = HostVerdicts.objects.aggregate(last=Max("stamp"), rows=Count("pk"))
    enabled = sorted(Pattern.objects.filter(enabled=True).values_list("slug", flat=True))
    mark = (stand["last"], stand["rows"], enabled)
    held = cache.get(CACHE_KEY)
    if held is None or held[0] != mark:
        held = (mark, _count(enabled))
        cache.set(CACHE_KEY, held, 300)
    found: Coverage = held[1]
    return found


def verdict_counts() -> dict[str, dict[str, int]]:
    """Slug of every enabled pattern → {state: hosts}."""
    return coverage().patterns


def _count(enabled: list[str]) -> Coverage:
    patterns: dict[str, Counter[str]] = {slug: Counter() for slug in enabled}
    verdicts: Counter[str] = Counter()
    hosts: dict[str, list[str]] = {}
    rows = HostVerdicts.objects.filter(host__status=HostStatus.ACTIVE).order_by("host__name")
    total = 0
    for name, of_host in rows.values_list("host__name", "verdicts").iterator(chunk_size=500):
        total += 1
        for slug, said in of_host.items():
            if slug not in patterns:
                continue
            patterns[slug][said["state"]] += 1
            if (section := _deciding(said)) is not None:
                verdicts[section] += 1
                names = hosts.setdefault(section, [])
                if not names or names[-1] != name:
                    names.append(name)
    gaps = [
        Gap(section, len(hosts[section]), count, tuple(hosts[section][:FOR_EXAMPLE]))
        for section, count in sorted(verdicts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Coverage(total, {slug: dict(states) for slug, states in patterns.items()}, tuple(gaps))


def _deciding(said: dict[str, Any]) -> str | None:
    """The one thing an unknown verdict hangs on; None where it hangs on several or on none."""
    if said["state"] != State.UNKNOWN:
        return None
    wanted = {_thing(path) for path in said["missing"]}
    return wanted.pop() if len(wanted) == 1 else None


def _thing(path: str) -> str | None:
    """What would have to be told of this host; None where other hosts have to tell something."""
    steps = path.replace("[]", "").split(".")
    if steps[0] in ("fleet", "lineage") or steps[:2] == ["groups", "peers"]:
        return None
    return ".".join(steps[:2]) if steps[0] in DERIVED_SECTIONS else steps[0]
