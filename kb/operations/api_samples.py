"""What the lines of curl on the API page send, and the things they name.

A test runs every one of them against the example, so that a reader may copy and go.
"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone

TOLD = {
    "source": "inspect",
    "sections": {"storage": {"raids": [{"name": "md0", "kind": "md", "level": "raid1"}]}},
}

#: What a call sends, by method and address; where nothing is here, ``{}`` will do.
BODIES: dict[tuple[str, str], Any] = {
    ("post", "/api/v1/access/"): {"site": "SITE", "name": "The night porter", "hours": "any time"},
    ("patch", "/api/v1/access/{id}/"): {"hours": "after eight"},
    ("post", "/api/v1/actions/"): {"title": "Try a restore of the mail store"},
    ("post", "/api/v1/actions/bulk/"): {"act": "due", "actions": [1], "due": "2026-12-24"},
    ("patch", "/api/v1/actions/{id}/"): {"state": "done"},
    ("post", "/api/v1/advisories/"): {
        "what": "drive", "model": "VO*JFDGT", "fixed_in": "HPG8", "deadline_hours": 32768,
    },
    ("patch", "/api/v1/advisories/{id}/"): {"note": "Ask the maker."},
    ("post", "/api/v1/attachments/"): {"name": "mail.log", "text": "09:05 the queue stood still"},
    ("post", "/api/v1/bin/"): {"object": "page:PAGE"},
    ("post", "/api/v1/bin/back/"): {"object": "page:PAGE"},
    ("post", "/api/v1/bin/purge/"): {"object": "THROWN"},
    ("post", "/api/v1/comments/"): {"object": "page:PAGE", "body": "Is step 2 still true?"},
    ("patch", "/api/v1/comments/{id}/"): {"resolved": True},
    ("post", "/api/v1/facts/"): [{"host": "web-09", **TOLD}],
    ("post", "/api/v1/flags/bulk/"): {"act": "acknowledge", "filter": {"severity": "low"}},
    ("post", "/api/v1/hooks/alertmanager/"): {
        "version": "4", "groupKey": "{}:{alertname=\"DiskFailed\"}", "status": "firing",
        "alerts": [{
            "status": "firing", "fingerprint": "99b3369738a21266",
            "startsAt": "2026-11-23T00:20:53Z", "endsAt": "0001-01-01T00:00:00Z",
            "labels": {"alertname": "DiskFailed", "severity": "critical", "instance": "db1:9100"},
            "annotations": {"summary": "A disk of db1 failed"},
        }],
    },
    ("put", "/api/v1/shelf-lives/"): {"section": "backups", "days": 3},
    ("post", "/api/v1/saved-views/"): {
        "page": "flags", "name": "Old systems", "query": "pattern=os-eol",
    },
    ("post", "/api/v1/patterns/{slug}/overrides/"): {
        "threshold": "bad_states", "value": ["degraded", "failed"], "scope": "environment",
        "scope_value": "staging", "because": "Rebuilds are daily there.",
    },
    ("post", "/api/v1/groups/"): {"name": "Front pair", "min_members": 1},
    ("patch", "/api/v1/groups/{slug}/"): {"min_members": 2},
    ("post", "/api/v1/hosts/"): {"name": "web-09.example.net", "kind": "virtual", "role": "web"},
    ("post", "/api/v1/hosts/bulk/"): {
        "filter": {"environment": "staging"}, "field": "add_tag", "value": "watched",
    },
    ("patch", "/api/v1/hosts/{name}/"): {"environment": "production", "tags": ["watched"]},
    ("put", "/api/v1/hosts/{name}/facts/"): TOLD,
    ("post", "/api/v1/hosts/{name}/merge/"): {"with": "ANOTHER", "certain": True},
    ("post", "/api/v1/incidents/"): {
        "title": "The mail queue stood still",
        "severity": "high",
        "summary": "The disk filled up overnight.",
    },
    ("patch", "/api/v1/incidents/{id}/"): {"trigger": "A log that nobody rotated."},
    ("post", "/api/v1/incidents/{id}/confirmations/{one}/"): {"coincidence": True},
    ("post", "/api/v1/lessons/{slug}/quotes/"): {
        "incident": "INCIDENT", "quote": "It took the others with it.",
    },
    ("post", "/api/v1/incidents/{id}/timeline/"): {
        "at": "2026-11-23T09:05:00Z",
        "what": "The first page went out.",
    },
    ("patch", "/api/v1/incidents/{id}/timeline/{line}/"): {"what": "The first alarm was seen."},
    ("post", "/api/v1/incidents/{id}/timeline/many/"): {
        "lines": [{"at": "2026-11-23T09:06:00Z", "what": "The queue stands still."}],
    },
    ("post", "/api/v1/incidents/{id}/timeline/read/"): {
        "text": "[09:05] <ruth> it is down", "zone": "Europe/London", "day": "2026-11-23",
    },
    ("post", "/api/v1/incidents/{id}/links/"): {
        "kind": "same-factor", "to_incident": "NEWEST", "note": "The same model of drive",
    },
    ("post", "/api/v1/incidents/wording/"): {"text": "Somebody should have looked."},
    ("post", "/api/v1/factors/"): {"name": "Supplier: late or wrong"},
    ("patch", "/api/v1/factors/{slug}/"): {"about": "What is bought and does not come."},
    ("post", "/api/v1/reading/"): {"incident": "NEWEST", "note": "What would we do today?"},
    ("post", "/api/v1/kits/"): {"site": "SITE", "name": "Crate", "items": "A torch"},
    ("patch", "/api/v1/kits/{id}/"): {"items": "A torch, two keyboards"},
    ("post", "/api/v1/lessons/"): {
        "title": "Watch what fills up",
        "statement": "Whatever grows needs an alarm before it is full.",
    },
    ("patch", "/api/v1/lessons/{slug}/"): {"tags": ["disks"]},
    ("post", "/api/v1/pages/"): {"title": "Draining a node", "body": "1. Tell the balancer."},
    ("patch", "/api/v1/pages/{slug}/"): {"body": "1. Tell the balancer.\n2. Wait."},
    ("post", "/api/v1/preview/"): {"text": "See [[Draining a node]] before you touch @robert."},
    ("post", "/api/v1/patterns/import/"): {
        "yaml": "pattern: no-swap\ntitle: No swap at all\nseverity: low\napplies: 'true'\n"
        "match: storage.swap_mb == 0\nexamples:\n- facts: {storage: {swap_mb: 0}}\n"
        "  verdict: match\n- facts: {storage: {swap_mb: 512}}\n  verdict: clear\n",
    },
    ("post", "/api/v1/patterns/"): {
        "pattern": "memory-without-ecc",
        "title": "Memory that cannot see its own errors",
        "severity": "low",
        "likelihood": "low",
        "applies": "!hardware.virtual",
        "match": "!hardware.ecc",
        "examples": [
            {"facts": {"hardware": {"virtual": False, "ecc": False}}, "verdict": "match"},
            {"facts": {"hardware": {"virtual": False, "ecc": True}}, "verdict": "clear"},
        ],
    },
    ("patch", "/api/v1/patterns/{slug}/"): {"enabled": True},
    ("post", "/api/v1/patterns/preview/"): {"match": "storage.raids.size() > 0"},
    ("post", "/api/v1/revisions/restore/"): {"object": "page:PAGE", "number": 1, "revision": 1},
    ("post", "/api/v1/runbooks/"): {
        "service": "SERVICE", "kind": "restore", "title": "Bring it back", "elsewhere": True,
    },
    ("patch", "/api/v1/runbooks/{id}/"): {"where": "The red folder"},
    ("post", "/api/v1/services/"): {"name": "Name service", "needs_hosts": 2},
    ("patch", "/api/v1/services/{slug}/"): {"needs_hosts": 2},
    ("post", "/api/v1/sites/"): {"name": "Second hall", "address": "2 Harbour Road"},
    ("patch", "/api/v1/sites/{slug}/"): {"notes": "The key is at the desk."},
    ("post", "/api/v1/spares/"): {"site": "SITE", "part": "drive", "model": "VO0480", "count": 2},
    ("patch", "/api/v1/spares/{id}/"): {"count": 1},
    ("post", "/api/v1/subscriptions/"): {"weekday": 0, "hour": 9, "time_zone": "Europe/London"},
    ("patch", "/api/v1/subscriptions/{id}/"): {"always": True},
    ("post", "/api/v1/teams/"): {"slug": "storage", "name": "Storage"},
    ("patch", "/api/v1/teams/{slug}/"): {"email": "storage@example.net"},
    ("post", "/api/v1/watching/"): {"object": "host:HOST"},
    ("post", "/api/v1/webhooks/"): {
        "name": "The tickets",
        "url": "https://tickets.example.net/hook",
        "events": ["flag.opened", "flag.resolved"],
        "least_severity": "high",
    },
    ("patch", "/api/v1/webhooks/{id}/"): {"least_severity": "medium"},
}  # fmt: skip

#: What a reading call is asked, where it says nothing without.
QUERIES = {
    "/api/v1/bin/": "?kind=page",
    "/api/v1/comments/": "?object=page:PAGE",
    "/api/v1/revisions/": "?object=host:HOST",
    "/api/v1/revisions/changes/": "?object=host:HOST",
    "/api/v1/revisions/authors/": "?object=page:PAGE&field=body",
    "/api/v1/search/": "?q=raid",
    "/api/v1/search/suggest/": "?q=ra",
    "/api/v1/flags/": "?severity=high",
    "/api/v1/hosts/": "?limit=20",
    "/api/v1/hosts/{name}/merge/": "?with=ANOTHER",
    "/api/v1/mentions/": "?of=host:robert",
    "/api/v1/suggest/": "?sign=@&q=rob",
}


def body_of(method: str, address: str, *, reader: str, host: str, names: dict[str, str]) -> Any:
    """What to send; None where nothing is sent.  ``names`` gives real ones for SITE and SERVICE."""
    if method in ("get", "delete"):
        return None
    if address.endswith("/accept/"):  # a waiver runs out within a year, so its day moves
        until = (timezone.now() + timedelta(days=90)).date()
        return {"until": until.isoformat(), "because": "The new array is ordered."}
    if address.endswith("/assign/"):
        return {"to": reader}
    if (method, address) == ("post", "/api/v1/upkeep/"):
        return {"host": host, "kind": "restore_test", "result": "ok"}
    if method == "post" and address.endswith("/upkeep/"):
        kind = {"groups": "failover_drill", "sites": "kit_check"}.get(address.split("/")[3])
        return {"kind": kind or "restore_test", "result": "ok"}
    body = BODIES.get((method, address), {})
    if isinstance(body, list):
        return body
    return {
        name: _named(value, names) if isinstance(value, str) else value
        for name, value in body.items()
    }


def _named(value: str, names: dict[str, str]) -> str:
    """``SITE`` as the name of one; ``page:PAGE`` as the key of one."""
    kind, colon, word = value.rpartition(":")
    return f"{kind}{colon}{names[word]}" if word in names else value


def query_of(method: str, address: str, names: dict[str, str]) -> str:
    """What a reading call is asked; names stand for things that are there."""
    query = QUERIES.get(address, "") if method == "get" else ""
    if (method, address) == ("delete", "/api/v1/watching/"):
        query = "?object=host:HOST"
    for word, name in names.items():
        query = query.replace(word, quote(name))
    return query


class Addresses:
    """Addresses with the names of things that one reader may see."""

    #: Where there is one host only, the one that an earlier call makes.
    OTHER = "web-09"
    STEP = re.compile(r"\{(\w+)\}")
    KEYS = {
        "id": "pk", "line": "pk", "link": "pk", "quote": "pk", "one": "pk",
        "incident": "incident_id",
    }  # fmt: skip

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.known: dict[str, str] = {}

    def real(self, address: str) -> str:
        """The address with the first thing's name in each gap; ``1`` where there is no thing."""
        while gap := self.STEP.search(address):
            before = address[: gap.start()]
            address = before + self._first(before, gap.group(1)) + address[gap.end() :]
        return address

    def newest(self, collection: str) -> str:
        """The number of the thing that came last; ``1`` where there is none."""
        return self._ask(collection, "pk", order="-pk")

    def _first(self, collection: str, gap: str) -> str:
        key = f"{collection}{gap}"
        if key not in self.known:
            self.known[key] = self._ask(collection, self.KEYS.get(gap, gap))
        return self.known[key]

    def _ask(self, collection: str, attribute: str, order: str = "pk") -> str:
        try:
            match = resolve(collection)
        except Resolver404:
            return "1"
        kind: Any = getattr(match.func, "cls", None)
        if not hasattr(kind, "get_queryset"):
            return "1"
        view = kind(request=self.request, action="list", args=(), kwargs=match.kwargs)
        try:
            row = view.get_queryset().order_by(order).first()
        except Http404:  # what it would hang below is not there
            return "1"
        return str(getattr(row, attribute, "1"))

    def other_host(self, host: str) -> str:
        """The name of another host, for calls about two."""
        kind: Any = getattr(resolve("/api/v1/hosts/").func, "cls", None)
        view = kind(request=self.request, action="list", args=(), kwargs={})
        names = (
            view.get_queryset().exclude(name=host).order_by("-pk").values_list("name", flat=True)
        )
        return str(names.first() or self.OTHER)
