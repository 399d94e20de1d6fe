"""Hosts, services, sites and groups as things that files hang on and people watch."""

from django.urls import reverse

from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from incidents.hosts.register import save
from kb.wiki.things import Thing, things

things.register(
    "host",
    Thing(
        kind="host",
        label="Host",
        model=Host,
        address=lambda host: reverse("hosts:detail", args=[host.name]),
        natural="name",
        save=save,
    ),
    rank=40,
)
things.register(
    "service",
    Thing(
        kind="service",
        label="Service",
        model=Service,
        address=lambda service: reverse("hosts:service", args=[service.slug]),
        natural="slug",
        save=save,
    ),
    rank=50,
)
things.register(
    "site",
    Thing(
        kind="site",
        label="Site",
        model=Site,
        address=lambda site: reverse("hosts:site", args=[site.slug]),
        natural="slug",
        save=save,
    ),
    rank=60,
)
things.register(
    "group",
    Thing(
        kind="group",
        label="Redundancy group",
        model=RedundancyGroup,
        address=lambda group: reverse("hosts:group", args=[group.slug]),
        natural="slug",
        save=save,
    ),
    rank=70,
)
