"""What a revision of a site, host, service or group holds."""

from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from kb.wiki.tracking import many, track

track(Site, kind="site", fields=["slug", "name", "address", "notes"])
track(
    Host,
    kind="host",
    fields=[
        "name", "kind", "parent", "environment", "role", "criticality", "important", "stateful",
        "site", "rack", "owner", "tags", "status", "notes", "retired_at",
    ],
)  # fmt: skip
track(
    Service,
    kind="service",
    fields=[
        "slug", "name", "criticality", "owner", "needs_hosts", "load_balanced", "fine_alone",
        "runbook", "notes",
    ],
    links={"hosts": many("hosts", "name")},
)  # fmt: skip
track(
    RedundancyGroup,
    kind="group",
    fields=["slug", "name", "kind", "min_members", "notes"],
    links={"members": many("members", "name")},
)
