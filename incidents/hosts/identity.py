"""Which host a report is about: by name, else by what cannot be mistaken (facts.md, rule 6)."""

from django.db.models import Q, QuerySet

from incidents.facts.errors import FactsError
from incidents.facts.readers import Identity, Report, check_host
from incidents.hosts.models import TAKEN, Host, HostKind

NESTED = (HostKind.CHROOT, HostKind.CONTAINER)


def find(report: Report) -> Host | None:
    """The host meant, its row locked, or None where it is new; ``FactsError`` where it is not
    certain.  Call it inside a transaction.

    A chroot or container is found by its own name only: its host name, address and serial are
    those of the machine around it.
    """
    if report.host is not None:
        named = _locked().filter(name=report.host).first()
        if named is not None:
            _refuse_to_overwrite_a_parent(report, named)
        return named
    if report.identity.is_chroot:
        raise FactsError(
            "This report comes from inside a chroot, which shares its parent's names. "
            "Say which host it is about: ?host=, --host, or a file named after it.",
            "/host",
        )
    return _only(_candidates(report.identity), report.identity)


def _locked() -> QuerySet[Host]:
    return Host.objects.select_for_update().order_by("name")


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


def _candidates(identity: Identity) -> list[Host]:
    """Hosts that share the surest mark the report carries."""
    whole = _locked().exclude(kind__in=NESTED)
    if identity.serial:
        found = list(whole.filter(serial=identity.serial))
        if found:
            return found
    if identity.fqdn and identity.machine_id:
        found = list(whole.filter(fqdn=identity.fqdn, machine_id=identity.machine_id))
        if found:
            return found
    names = [name for name in (identity.hostname, identity.fqdn) if name]
    return list(whole.filter(Q(name__in=names) | Q(fqdn__in=names))) if names else []


def _only(found: list[Host], identity: Identity) -> Host | None:
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(sorted(host.name for host in found))
        raise FactsError(
            f"Several hosts could be meant: {names}. Name the one it is about.", "/host"
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
