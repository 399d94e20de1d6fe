"""The cards of a host's page that stand among those of higher rooms: its facts and its notes."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from incidents.hosts.lifetimes import lifetimes
from incidents.hosts.models import Host
from incidents.hosts.panels import HostPanel, host_panels
from incidents.hosts.present import sections_of
from kb.wiki import mentions
from kb.wiki.editing import person


def facts(host: Host, request: HttpRequest) -> SafeString:
    """Section by section: what is known, who said it, and how old it is."""
    now = timezone.now()
    shown = {"host": host, "sections": sections_of(host, now), "now": now}
    return SafeString(render_to_string("hosts/_facts_card.html", shown, request))


def cared_for(host: Host, request: HttpRequest) -> SafeString | None:
    """Until when its system and software are cared for, and how that was found."""
    found = lifetimes(host.facts, timezone.now())
    if not found:
        return None
    return SafeString(render_to_string("hosts/_lifetimes_card.html", {"lifetimes": found}, request))


def notes(host: Host, request: HttpRequest) -> SafeString | None:
    """What people wrote about it."""
    if not host.notes:
        return None
    return SafeString(render_to_string("hosts/_notes_card.html", {"host": host}, request))


def mentioned(host: Host, request: HttpRequest) -> SafeString | None:
    """The pages about it, and what else names it, as far as the reader may see that."""
    found = mentions.mentions_of("host", host, person(request))
    if not found:
        return None
    return SafeString(render_to_string("wiki/_mentioned.html", {"mentions": found}, request))


host_panels.register("facts", HostPanel("main", facts), rank=20)
host_panels.register("end-of-life", HostPanel("main", cared_for), rank=25)
host_panels.register("notes", HostPanel("main", notes), rank=30)
host_panels.register("mentions", HostPanel("side", mentioned), rank=60)
