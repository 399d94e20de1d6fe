"""The register and the facts as they were at a moment, for looking back.

What tools reported comes from the history of facts; what people said of a host, and where it stood,
from the ``inventory`` rows of that history; what they said of a group or a service, from its
revisions.  Where nothing was noted by that moment, today's words stand in, and ``today`` says so.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Min, Q, QuerySet
from reversion.models import Version

from incidents.facts.merge import SourceRow, merge
from incidents.hosts import inventory
from incidents.hosts.history import rows_at, source_rows
from incidents.hosts.models import FactHistory, Host, HostKind, RedundancyGroup, Service, Site
from kb.accounts.models import Team
from kb.wiki.models import SavedState
from kb.wiki.tracking import tracked

from .relatives import Light, Pairs, Today, lights_where

Words = dict[str, Any]
UNSAID: Words = {
    "kind": HostKind.UNKNOWN, "environment": "", "role": "", "criticality": "", "important": None,
    "stateful": None, "rack": "", "tags": [],
}  # fmt: skip


@dataclass
class Then:
    """A ``Register`` of one moment, and what was reported by then.

    ``today`` collects what had to be taken as it stands now: "register", "groups", "services".
    """

    moment: datetime
    today: set[str] = field(default_factory=set)
    rows: dict[int, list[SourceRow]] = field(default_factory=dict)
    _words: dict[int, Words | None] = field(default_factory=dict)
    _gone: Any = field(default_factory=lambda: count(-1, -1))

    # -- the hosts that are asked about ---------------------------------------------------------

    def hosts(self, chunk: Sequence[Host]) -> list[Host]:
        """Copies of these hosts as they were; those nobody knew of yet are left out."""
        pks = [host.pk for host in chunk]
        self._read(pks)
        self._report(pks)
        words = [told for pk in pks if (told := self._words[pk])]
        sites = _by_slug(Site, words, "site")
        owners = _by_slug(Team, words, "owner")
        parents = self._pks({told["parent"] for told in words if "parent" in told})
        known = [host for host in chunk if self._was_known(host)]
        return [self._as_it_was(host, sites, owners, parents) for host in known]

    def _was_known(self, host: Host) -> bool:
        known = self._words[host.pk] is not None or self.rows.get(host.pk)
        return bool(known) or host.created_at <= self.moment

    def _as_it_was(
        self, host: Host, sites: dict[str, Any], owners: dict[str, Any], parents: dict[str, int]
    ) -> Host:
        then = copy(host)
        rows = self.rows.get(host.pk, [])
        merged = merge(rows, now=self.moment)
        then.facts, then.observed = merged.document, merged.observed
        then.last_report_at = max((row.observed_at for row in rows), default=None)
        words = self._words[host.pk]
        if words is None:
            self.today.add("register")
            return then
        for name, unsaid in UNSAID.items():
            setattr(then, name, words.get(name, unsaid))
        planned, until = words.get("upgrade_planned_on"), words.get("maintenance_until")
        then.upgrade_planned_on = date.fromisoformat(planned) if planned else None
        then.maintenance_until = datetime.fromisoformat(until) if until else None
        then.status = words.get("status", host.status)
        then.site = sites.get(words.get("site", ""))
        then.owner = owners.get(words.get("owner", ""))
        then.parent_id = parents.get(words.get("parent", ""))
        return then

    def told(self, pks: Iterable[int]) -> dict[int, list[SourceRow]]:
        """What had been reported of these hosts by then."""
        wanted = list(pks)
        self._report(wanted)
        return {pk: self.rows[pk] for pk in wanted}

    def _report(self, pks: Iterable[int]) -> None:
        missing = [pk for pk in pks if pk not in self.rows]
        found: dict[int, list[FactHistory]] = {pk: [] for pk in missing}
        for row in rows_at(missing, self.moment) if missing else ():
            found[row.host_id].append(row)
        for pk, rows in found.items():
            self.rows[pk] = list(source_rows(rows, self.moment))

    # -- who stood where --------------------------------------------------------------------------

    def groups_around(self, own: set[int]) -> tuple[dict[int, RedundancyGroup], Pairs]:
        return self._around(own, "groups", RedundancyGroup, *Today().groups_around(own))

    def services_around(self, places: set[int]) -> tuple[dict[int, Service], Pairs]:
        return self._around(places, "services", Service, *Today().services_around(places))

    def _around(
        self, own: set[int], word: str, model: Any, today: dict[int, Any], pairs: Pairs
    ) -> tuple[dict[int, Any], Pairs]:
        """Things of one kind that any of ``own`` was in, and everybody who was in them.

        Whoever has no words of that time is where the tables have it.
        """
        self._read(own | {host for _, host in pairs})
        slugs = {slug for pk in own if (told := self._words[pk]) for slug in told.get(word, ())}
        slugs |= {today[thing].slug for thing, pk in pairs if pk in own and not self._words[pk]}
        members = {(slug, pk) for slug, pk in self._listed(word, slugs) if slug in slugs}
        members |= {
            (today[thing].slug, pk)
            for thing, pk in pairs
            if today[thing].slug in slugs and self._words[pk] is None
        }
        if not members:
            return {}, []
        things = self._things(model, word, {slug for slug, _ in members})
        pk_of = {thing.slug: pk for pk, thing in things.items()}
        names = dict(
            Host.objects.filter(pk__in={pk for _, pk in members}).values_list("pk", "name")
        )
        found = [(pk_of[slug], pk) for slug, pk in members]
        return things, sorted(found, key=lambda pair: (pair[0], names.get(pair[1], "")))

    def _listed(self, word: str, slugs: set[str]) -> set[tuple[str, int]]:
        """(slug, host) of every host whose words of that time name one of these."""
        if not slugs:
            return set()
        named = Q()
        for slug in slugs:
            named |= Q(**{f"value__{word}__icontains": f'"{slug}"'})
        rows = self._inventory().filter(named)
        found = {(slug, row.host_id) for row in rows for slug in row.value.get(word, ())}
        self._read({pk for _, pk in found})
        return found

    def _things(self, model: Any, word: str, slugs: set[str]) -> dict[int, Any]:
        """Groups or services as they were; what was deleted since is known by its name alone."""
        rows = {one.slug: one for one in model.objects.filter(slug__in=slugs)}
        states = _states(model, [one.pk for one in rows.values()], self.moment)
        found: dict[int, Any] = {}
        for slug in sorted(slugs):
            thing = rows.get(slug)
            if thing is None:
                thing = model(pk=next(self._gone), slug=slug, name=slug)
            elif thing.pk in states:
                for column, value in states[thing.pk].items():
                    setattr(thing, tracked(model).attname(column), value)
                thing.slug = slug
            else:
                self.today.add(word)
            found[thing.pk] = thing
        return found

    def lights(self, pks: set[int]) -> dict[int, Light]:
        return self._lit(lights_where(Q(pk__in=pks)))

    def lights_around(self, pks: set[int]) -> dict[int, Light]:
        return self.lights(pks) | self.lights_inside(pks)

    def lights_inside(self, parents: set[int]) -> dict[int, Light]:
        names = dict(Host.objects.filter(pk__in=parents).values_list("pk", "name"))
        rows = self._inventory().filter(value__parent__in=list(names.values()))
        listed = set(rows.values_list("host_id", flat=True))
        found = self._lit(lights_where(Q(pk__in=listed) | Q(parent__in=parents)))
        return {pk: light for pk, light in found.items() if light.parent in parents}

    def _lit(self, lights: dict[int, Light]) -> dict[int, Light]:
        self._read(lights)
        told = {pk: words for pk in lights if (words := self._words[pk])}
        parents = self._pks({words["parent"] for words in told.values() if "parent" in words})
        seen = self._last_reports(lights)
        found: dict[int, Light] = {}
        for pk, light in lights.items():
            light = replace(light, last_report_at=seen.get(pk))
            if words := told.get(pk):
                light = replace(
                    light,
                    kind=words.get("kind", HostKind.UNKNOWN),
                    parent=parents.get(words.get("parent", "")),
                    status=words.get("status", light.status),
                    site=words.get("site"),
                    rack=words.get("rack", ""),
                )
            found[pk] = light
        return found

    def os(self, pks: set[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
        told: dict[int, list[FactHistory]] = {pk: [] for pk in pks}
        for row in rows_at(pks, self.moment, ["os"]):
            told[row.host_id].append(row)
        found: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        for pk, rows in told.items():
            merged = merge(source_rows(rows, self.moment), now=self.moment)
            found[pk] = (merged.document.get("os", {}), merged.observed.get("os", {}))
        return found

    def machines_of(self, environments: set[str], most: int) -> list[Host] | None:
        """Everything that stood in these environments, without facts; None where it is too much."""
        rows = self._inventory().filter(value__environment__in=list(environments))
        listed = set(rows.values_list("host_id", flat=True)[: most + 1])
        hosts = Host.objects.filter(Q(pk__in=listed) | Q(environment__in=environments))
        columns = ("pk", "environment", "role", "kind", "status", "created_at")
        found = list(hosts.order_by("pk").only(*columns)[: most + 1])
        if len(listed) > most or len(found) > most:
            return None
        self._read([host.pk for host in found])
        for host in found:
            if (words := self._words[host.pk]) is not None:
                host.environment = words.get("environment", "")
                host.role = words.get("role", "")
                host.kind = words.get("kind", HostKind.UNKNOWN)
                host.status = words.get("status", host.status)
        there = (host for host in found if self._words[host.pk] or host.created_at <= self.moment)
        return [host for host in there if host.environment in environments]

    # -- reading ----------------------------------------------------------------------------------

    def _read(self, pks: Iterable[int]) -> None:
        """The words of that time on these hosts; None where there were none yet."""
        missing = [pk for pk in pks if pk not in self._words]
        if missing:
            self._words |= dict.fromkeys(missing)
            rows = self._inventory().filter(host__in=missing)
            self._words |= {row.host_id: row.value for row in rows}

    def _inventory(self) -> QuerySet[FactHistory]:
        rows = FactHistory.objects.filter(section=inventory.SECTION, since__lte=self.moment)
        return rows.filter(Q(until=None) | Q(until__gt=self.moment)).order_by()

    def _last_reports(self, pks: Iterable[int]) -> dict[int, datetime]:
        rows = FactHistory.objects.filter(host__in=list(pks), since__lte=self.moment)
        rows = rows.exclude(section=inventory.SECTION).order_by()
        last = rows.values_list("host_id").annotate(last=Max("last_seen"))
        return {pk: min(seen, self.moment) for pk, seen in last}

    def _pks(self, names: set[str]) -> dict[str, int]:
        if not names:
            return {}
        return dict(Host.objects.filter(name__in=names).values_list("name", "pk"))


def known_since(host: Host) -> datetime:
    """The first moment at which anything was known of a host."""
    first = FactHistory.objects.filter(host=host).aggregate(first=Min("since"))["first"]
    return min(host.created_at, first) if first else host.created_at


def _by_slug(model: Any, words: Iterable[Words], name: str) -> dict[str, Any]:
    slugs = {told[name] for told in words if name in told}
    return {one.slug: one for one in model.objects.filter(slug__in=slugs)} if slugs else {}


def _states(model: Any, pks: list[int], moment: datetime) -> dict[int, dict[str, Any]]:
    """Of each thing the columns that its last revision by that moment held."""
    if not pks:
        return {}
    kind = ContentType.objects.get_for_model(model)
    saved = SavedState.objects.filter(
        content_type=kind, object_id__in=pks, revision__date_created__lte=moment
    ).order_by("number")
    revision_of = {row["object_id"]: row["revision_id"] for row in saved.values()}
    versions = Version.objects.filter(content_type=kind, revision__in=revision_of.values())
    fields = tracked(model).fields
    found: dict[int, dict[str, Any]] = {}
    for version in versions:
        kept = version.field_dict
        found[int(version.object_id)] = {
            name: kept[tracked(model).attname(name)]
            for name in fields
            if tracked(model).attname(name) in kept
        }
    return found
