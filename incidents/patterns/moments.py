"""A moment at which a host was known already."""

from datetime import datetime

from incidents.hosts.models import Host
from incidents.hosts.moments import BadMoment, read_moment
from incidents.patterns.fleet.then import known_since

__all__ = ["BadMoment", "check_known", "read_moment"]


def check_known(host: Host, moment: datetime) -> None:
    """Raises ``BadMoment`` where nothing was known of the host yet."""
    first = known_since(host)
    if moment < first:
        raise BadMoment(
            f"{host.name} is known here since {first:%Y-%m-%d %H:%M} UTC. Choose a later moment."
        )
