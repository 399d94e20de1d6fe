"""Finding hosts by name, the names they had before included."""

from collections.abc import Iterable
from datetime import datetime

from incidents.hosts.merges import FormerName
from incidents.hosts.models import Host


def hosts_by_name(names: Iterable[str]) -> dict[str, Host]:
    """Name as asked → host, without its document; names of nobody are left out."""
    wanted = set(names)
    light = Host.objects.defer("facts", "observed", "notes")
    found = {host.name: host for host in light.filter(name__in=wanted)}
    if missing := wanted - found.keys():
        former = FormerName.objects.filter(name__in=missing).select_related("host")
        former = former.defer("host__facts", "host__observed", "host__notes")
        found |= {one.name: one.host for one in former}
    return found


def bearer_of(name: str) -> str | None:
    """What the host is called by now that was called so before."""
    found = FormerName.objects.filter(name=name).values_list("host__name", flat=True)
    return found.first()


def remember_name(host: Host, name: str, at: datetime) -> None:
    """The host was called so until now, and whoever asks for that name is led to it."""
    FormerName.objects.update_or_create(name=name, defaults={"host": host, "since": at})


def take_name(name: str) -> None:
    """A host bears the name now: nobody is led elsewhere any more."""
    FormerName.objects.filter(name=name).delete()
