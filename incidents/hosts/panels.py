"""What higher rooms show on a host's page and in the list of hosts: they register it here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from incidents.hosts.models import Host
from kb.web.registry import Registry

Place = Literal["banner", "main", "side"]


@dataclass(frozen=True, slots=True)
class HostPanel:
    """``render(host, request)`` gives the whole card, or nothing where it has nothing to say.

    The page's own cards stand among them: facts with rank 20, notes with rank 30.  What one
    looks for at night (risks, what happened before) goes before them, every check after.
    """

    place: Place
    render: Callable[[Host, HttpRequest], SafeString | None]


@dataclass(frozen=True, slots=True)
class HostColumn:
    """A column of the list: ``values(hosts)`` gives cells by primary key, for a page at once.

    ``sort(hosts)`` orders a queryset by what the column shows, the most first; without it the
    heading does not sort.
    """

    title: str
    values: Callable[[Sequence[Host]], dict[int, SafeString]]
    sort: Callable[[QuerySet[Host]], QuerySet[Host]] | None = None


host_panels: Registry[HostPanel] = Registry("host panel")
host_columns: Registry[HostColumn] = Registry("host column")


def rendered(place: Place, host: Host, request: HttpRequest) -> list[SafeString]:
    """The panels of one place that have something to say, in their order."""
    made = (panel.render(host, request) for panel in host_panels if panel.place == place)
    return [html for html in made if html]
