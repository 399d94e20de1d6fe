"""What a revision of a site, host, service or group holds, and of what is kept ready."""

from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.wiki.tracking import many, track

track(Site, kind="site", fields=["slug", "name", "address", "notes"])
track(
    Host,
    kind="host",
    fields=[
        "name", "kind", "parent", "environment", "role", "criticality", "important", "stateful",
        "site", "rack", "owner", "tags", "status", "notes", "retired_at", "upgrade_planned_on",
        "maintenance_until",
    ],
)  # fmt: skip
track(
    Service,
    kind="service",
    fields=[
        "slug", "name", "criticality", "owner", "needs_hosts", "load_balanced", "fine_alone",
        "runbook", "rto_minutes", "notes",
    ],
    links={"hosts": many("hosts", "name")},
)  # fmt: skip
track(
    RedundancyGroup,
    kind="group",
    fields=["slug", "name", "kind", "min_members", "notes"],
    links={"members": many("members", "name")},
)
# Parts of a service or site: the whole is what the search finds.
track(
    Runbook,
    kind="runbook",
    fields=["service", "kind", "title", "where", "stored_on", "elsewhere", "gone_at"],
    index_key=lambda runbook: f"service:{runbook.service_id}",
)
track(
    Kit,
    kind="kit",
    fields=["site", "name", "items", "gone_at"],
    index_key=lambda kit: f"site:{kit.site_id}",
)
track(
    Spare,
    kind="spare",
    fields=["site", "part", "model", "count", "gone_at"],
    index_key=lambda spare: f"site:{spare.site_id}",
)
track(
    SiteAccess,
    kind="access",
    fields=["site", "person", "name", "hours", "gone_at"],
    index_key=lambda access: f"site:{access.site_id}",
)
track(
    Advisory,
    kind="advisory",
    fields=["what", "model", "fixed_in", "deadline_hours", "url", "note", "gone_at"],
    index_key=lambda advisory: "",
)
