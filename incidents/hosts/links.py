"""``@robert`` leads to a host; ``[[service:…]]``, ``[[site:…]]`` and ``[[group:…]]`` to theirs."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from incidents.hosts.merges import FormerName
from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from incidents.hosts.names import hosts_by_name
from kb.wiki.links import LinkKind, link_targets


def _new_host(key: str) -> str:
    return f"{reverse('hosts:new')}?{urlencode({'name': key})}"


def _former(names: set[str]) -> dict[str, int]:
    """Hosts keep their own former names: a merge leaves some too."""
    return {name: host.pk for name, host in hosts_by_name(names).items()}


def _names_before(pk: int) -> QuerySet[Any]:
    return FormerName.objects.filter(host=pk).values("name")


def _by_slug(label: str, model: type[Site] | type[Service] | type[RedundancyGroup]) -> LinkKind:
    kind = label.lower()
    return LinkKind(
        label, model, f"hosts:{kind}", lambda slug, name: f"[[{kind}:{slug}]]", title="name"
    )


link_targets.register(
    "host",
    LinkKind(
        "Host", Host, "hosts:detail", lambda name, title: f"@{name}",
        name="name", title="name", sign="@", create=_new_host, former=_former,
        names_before=_names_before,
    ),
)  # fmt: skip
link_targets.register("site", _by_slug("Site", Site))
link_targets.register("service", _by_slug("Service", Service))
link_targets.register("group", _by_slug("Group", RedundancyGroup))
