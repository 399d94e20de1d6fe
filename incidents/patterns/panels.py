"""What a host's page and the list of hosts show of this room."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from incidents.hosts.afterwards import watches
from incidents.hosts.models import Host
from incidents.hosts.panels import HostColumn, HostPanel, host_columns, host_panels
from incidents.hosts.visit import VisitNote, VisitNotes, visit_notes
from incidents.patterns.citations import cite
from incidents.patterns.compiled import current
from incidents.patterns.explain import explain_host
from incidents.patterns.models import ACTIVE_STATES, NEEDS_EYES, Flag, FlagState, Severity
from incidents.patterns.spec import SpecError
from incidents.patterns.triage import by_risk
from incidents.patterns.watching import watch
from kb.accounts.models import User
from kb.web.templatetags.web import severity_tag
from kb.wiki.editing import person

MOST_RISKS = 12
GRAVE = (Severity.CRITICAL, Severity.HIGH)


def banner(host: Host, request: HttpRequest) -> SafeString | None:
    """A warning while something critical or high is open."""
    grave = _standing(host).filter(state__in=NEEDS_EYES, severity__in=GRAVE)
    flags = list(by_risk(grave))
    return _made("patterns/_host_banner.html", request, flags=flags) if flags else None


def risks(host: Host, request: HttpRequest) -> SafeString | None:
    """Every flag that stands, with evidence, its story and what to do."""
    flags = sorted(by_risk(_standing(host)), key=lambda flag: flag.state == FlagState.ACCEPTED)
    told = cite([flag.pattern.slug for flag in flags], person(request))
    rows = [
        {"flag": flag, "citations": told[flag.pattern.slug], "fix": _fix(flag)} for flag in flags
    ]
    return _made("patterns/_host_risks.html", request, rows=rows, host=host)


def checks(host: Host, request: HttpRequest) -> SafeString | None:
    """Every pattern's verdict on this host, with its reason, worked out now."""
    found = explain_host(host, now=timezone.now())
    if not found.checks:
        return None
    return _made("patterns/_host_checks.html", request, found=found, host=host)


def _standing(host: Host) -> Any:
    return Flag.objects.filter(host=host, state__in=ACTIVE_STATES).select_related(
        "pattern", "accepted_by", "assigned_to"
    )


def _fix(flag: Flag) -> str:
    try:
        return current(flag.pattern).spec.fix
    except SpecError:
        return ""


def _made(template: str, request: HttpRequest, **context: Any) -> SafeString:
    return render_to_string(template, context, request=request)


def flags_of(hosts: Sequence[Host]) -> dict[int, SafeString]:
    """One tag per severity that is open on each host, the worst first."""
    open_now = Flag.objects.filter(host__in=[host.pk for host in hosts], state__in=NEEDS_EYES)
    found: dict[int, set[str]] = {}
    for pk, severity in open_now.order_by().values_list("host_id", "severity"):
        found.setdefault(pk, set()).add(severity)
    return {
        pk: format_html_join(
            " ", "{}", ((severity_tag(word),) for word in Severity.values if word in severities)
        )
        for pk, severities in found.items()
    }


def visit_risks(hosts: Sequence[Host], user: User) -> VisitNotes:
    """What to know before touching anything: open risks, the worst first, and what to do."""
    open_now = Flag.objects.filter(
        host__in=[host.pk for host in hosts], state__in=ACTIVE_STATES
    ).select_related("pattern", "host")
    flags = list(by_risk(open_now.defer("host__facts", "host__observed")))
    lines = [
        VisitNote(
            flag.host.name,
            f"{flag.severity}: {flag.pattern.title}",
            flag.sentence,
            flag.opened_at.date() if flag.opened_at else None,
            reverse("patterns:flag", args=[flag.pk]),
        )
        for flag in flags[:MOST_RISKS]
    ]
    left = max(0, len(flags) - MOST_RISKS)
    return VisitNotes("Before you touch anything", "No risk is open.", lines, left)


visit_notes.register("risks", visit_risks, rank=10)
host_panels.register("patterns-banner", HostPanel("banner", banner), rank=10)
host_panels.register("patterns-risks", HostPanel("main", risks), rank=10)
host_panels.register("patterns-checks", HostPanel("main", checks), rank=40)
host_columns.register("flags", HostColumn("Flags", flags_of), rank=10)
watches.register("checks", watch)
