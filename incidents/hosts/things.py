"""Hosts, services, sites and groups as things that files hang on and people watch."""

from django.urls import reverse

from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from kb.wiki.things import Thing, things

things.register(
    "host",
    Thing("host", "Host", Host, lambda host: reverse("hosts:detail", args=[host.name]), "name"),
    rank=40,
)
things.register(
    "service",
    Thing(
        "service", "Service", Service, lambda one: reverse("hosts:service", args=[one.slug]), "slug"
    ),
    rank=50,
)
things.register(
    "site",
    Thing("site", "Site", Site, lambda site: reverse("hosts:site", args=[site.slug]), "slug"),
    rank=60,
)
things.register(
    "group",
    Thing(
        "group",
        "Redundancy group",
        RedundancyGroup,
        lambda group: reverse("hosts:group", args=[group.slug]),
        "slug",
    ),
    rank=70,
)
