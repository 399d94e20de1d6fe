"""Which host a report is about: by name, else by what cannot be mistaken (facts.md, rule 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from django.db.models import Q

from incidents.facts.errors import FactsError
from incidents.facts.readers import Identity, Report, check_host
from incidents.hosts.merges import FormerName
from incidents.hosts.models import TAKEN, Host, HostKind

NESTED = (HostKind.CHROOT, HostKind.CONTAINER)


class Known:
    """Every host that some reports could be about, their rows locked in one fixed order.

    One query for all of them.  Hosts that are made or renamed meanwhile are told with ``learn``,
    so that a later report of the same dozens finds them.  Make it inside a transaction.
    """

    def __init__(self, reports: Iterable[Report], *, whole: bool = True) -> None:
        """Without ``whole`` the documents of the hosts are not read."""
        self._by_name: dict[str, Host] = {}
        self._by_serial: dict[str, list[Host]] = defaultdict(list)
        self._by_fqdn: dict[str, list[Host]] = defaultdict(list)
        self._by_former: dict[str, Host] = {}
        marks = _marks(reports)
        asked = _asked(marks)
        if asked:
            hosts = Host.objects.select_for_update(of=("self",)).order_by("name")
            hosts = hosts if whole else hosts.defer("facts", "observed")
            for host in hosts.filter(asked):
                self.learn(host)
            self._learn_former(marks["name"])

    def __iter__(self) -> Iterator[Host]:
        return iter(self._by_name.values())

    def learn(self, host: Host) -> None:
        """From now on this host is found by what it is called now."""
        self._by_name[host.name] = host
        for kept, mark in ((self._by_serial, host.serial), (self._by_fqdn, host.fqdn)):
            if mark and host not in kept[mark]:
                kept[mark].append(host)

    def _learn_former(self, names: set[str]) -> None:
        """A host that came in under none of these names may have borne one before."""
        others = {host.pk: host for host in self if host.name not in names}
        missing = names - self._by_name.keys()
        if others and missing:
            former = FormerName.objects.filter(name__in=missing, host__in=others)
            for name, pk in former.values_list("name", "host_id"):
                self._by_former[name] = others[pk]

    def named(self, name: str) -> Host | None:
        """The host of this name, or the one that bore it before, whatever it is."""
        return self._by_name.get(name) or self._by_former.get(name)

    def find(self, report: Report) -> Host | None:
        """The host meant, or None where it is new; ``FactsError`` where it is not certain.

        A chroot or container is found by its own name only: its host name, address and serial are
        those of the machine around it.
        """
        if report.host is not None:
            named = self.named(report.host)
            if named is not None:
                _refuse_to_overwrite_a_parent(report, named)
            return named
        if report.identity.is_chroot:
            raise FactsError(
                "This report comes from inside a chroot, which shares its parent's names. "
                "Say which host it is about: ?host=, --host, or a file named after it.",
                "/host",
            )
        return _only(self._candidates(report.identity), report.identity)

    def _candidates(self, identity: Identity) -> list[Host]:
        """Hosts that share the surest mark the report carries."""
        if identity.serial:
            found = [one for one in self._by_serial[identity.serial] if _is_whole(one)]
            found = [one for one in found if one.serial == identity.serial]
            if found:
                return found
        if identity.fqdn and identity.machine_id:
            same = self._by_fqdn[identity.fqdn]
            found = [one for one in same if one.machine_id == identity.machine_id]
            found = [one for one in found if one.fqdn == identity.fqdn and _is_whole(one)]
            if found:
                return found
        names = [name for name in (identity.hostname, identity.fqdn) if name]
        called = [host for name in names if (host := self.named(name))]
        called += [one for name in names for one in self._by_fqdn[name] if one.fqdn == name]
        return [one for one in {one.name: one for one in called}.values() if _is_whole(one)]


def _marks(reports: Iterable[Report]) -> dict[str, set[str]]:
    """The marks by which any of these reports may find its host."""
    names, serials, fqdns = set[str](), set[str](), set[str]()
    for report in reports:
        if report.host is not None:
            names.add(report.host)
            continue
        said = report.identity
        serials |= {said.serial} if said.serial else set()
        called = {name for name in (said.hostname, said.fqdn) if name}
        names |= called
        fqdns |= called
    return {"name": names, "serial": serials, "fqdn": fqdns}


def _asked(marks: dict[str, set[str]]) -> Q | None:
    """One question for all of them, the names that hosts bore before included."""
    parts = [Q(**{f"{field}__in": sorted(said)}) for field, said in marks.items() if said]
    if marks["name"]:
        former = FormerName.objects.filter(name__in=sorted(marks["name"]))
        parts.append(Q(pk__in=former.values("host")))
    return reduce(or_, parts) if parts else None


def _is_whole(host: Host) -> bool:
    """Whether it is a machine: what is nested in one shares its marks."""
    return host.kind not in NESTED


def name_for(report: Report) -> str:
    """What a new host is called: what the report calls it, else what it calls itself."""
    name = report.host or report.identity.hostname or report.identity.fqdn
    if name is None or name.split(".")[0] == "localhost":
        raise FactsError(
            "The report does not say which host it is about. Name it in the address, with --host, "
            'or as "host" beside the sections.',
            "/host",
        )
    if name in TAKEN:
        raise FactsError(f"{name!r} is an address of its own; call the host otherwise.", "/host")
    return check_host(name)


def parent_of(host: Host, machine: str) -> Host | None:
    """What a chroot stands in: the machine it says, or a chroot of it that its name leads through.

    ``david.gentoo.php`` says david, and stands in ``david.gentoo`` where that stands in david.
    None where it is not certain.
    """
    short = machine.split(".")[0]
    whole = Host.objects.exclude(kind__in=NESTED).exclude(pk=host.pk).defer("facts", "observed")
    for asked in (Q(name=machine) | Q(fqdn=machine), Q(name=short)):
        found = list(whole.filter(asked)[:2])
        if found:
            return _nearest(host, found[0]) if len(found) == 1 else None
    return None


def _nearest(host: Host, machine: Host) -> Host:
    steps = host.name.split(".")
    stems = [".".join(steps[:count]) for count in range(1, len(steps))]
    nearer = Host.objects.filter(name__in=stems, kind__in=NESTED, parent__isnull=False)
    through = {
        one.name: one
        for one in nearer.select_related("parent__parent").only(
            "name", "parent__name", "parent__parent__name"
        )
    }
    for stem in reversed(stems):
        one = through.get(stem)
        if one is not None and machine.pk in (one.parent_id, one.parent and one.parent.parent_id):
            return one
    return machine


def _only(found: list[Host], identity: Identity) -> Host | None:
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(sorted(host.name for host in found))
        raise FactsError(
            f"Several hosts could be meant: {names}. Name the one it is about; where they are one "
            "machine, merge their records.",
            "/host",
        )
    host = found[0]
    strange = (identity.serial and host.serial and identity.serial != host.serial) or (
        identity.machine_id and host.machine_id and identity.machine_id != host.machine_id
    )
    if strange:
        raise FactsError(
            f"A host named like this is known ({host.name}), but it is another machine. "
            "Name the host the report is about.",
            "/host",
        )
    return host


def _refuse_to_overwrite_a_parent(report: Report, host: Host) -> None:
    if report.identity.is_chroot and host.kind in (HostKind.PHYSICAL, HostKind.VIRTUAL):
        raise FactsError(
            f"This report comes from a chroot, but {host.name} is no chroot. "
            f"Name the chroot itself, such as {host.name}.chroot.",
            "/host",
        )
