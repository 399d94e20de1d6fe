"""The fields of the language: one table, from which the box, its help and the API are made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """What stands before the colon.  ``values``: the only ones there are, where they are few."""

    name: str
    says: str
    example: str
    values: tuple[str, ...] = ()
    facet: str = ""  # the heading under which its values are counted beside the results


OPEN, OVERDUE, RESTRICTED = "open", "overdue", "restricted"

_TABLE = (
    Field("kind", "Of this kind only", "kind:incident", facet="Kind"),
    Field("host", "Names this host", "host:robert", facet="Hosts"),
    Field("service", "Concerns this service", "service:mail", facet="Services"),
    Field("site", "At this site", "site:lon1", facet="Sites"),
    Field("team", "Of this team", "team:storage", facet="Teams"),
    Field("tag", "Bears this tag", "tag:raid", facet="Tags"),
    Field("severity", "So severe", "severity:critical", facet="Severity"),
    Field("state", "In this state", "state:published", facet="State"),
    Field("factor", "With this contributing factor", "factor:hardware", facet="Factors"),
    Field("author", "Written or led by", "author:ruth", facet="People"),
    Field("before", "Before this day, month or year, or longer ago than", "before:2025"),
    Field("after", "From this day, month or year on, or within the last", "after:30d"),
    Field("on", "On this day, in this month or year", "on:2026-03"),
    Field(
        "is",
        "Still open; with something overdue; restricted to some",
        "is:open",
        (OPEN, OVERDUE, RESTRICTED),
    ),
    Field(
        "has",
        "A pattern watches for it; it has lessons, actions",
        "has:pattern",
        ("pattern", "lesson", "action"),
    ),
)
FIELDS: dict[str, Field] = {field.name: field for field in _TABLE}
DATES = frozenset({"before", "after", "on"})
COUNTED = tuple(field.name for field in _TABLE if field.facet and field.name != "kind")


@dataclass(frozen=True, slots=True)
class Help:
    """A line of the help: what to type, and what it finds."""

    typed: tuple[str, ...]
    finds: str


def help_lines() -> list[Help]:
    """Everything the box understands, for people."""
    return [
        Help(
            ("raid backup",), "Has any of the words, in any form; what has all of them comes first"
        ),
        Help(('"no space left"',), "These words together"),
        Help(("raid -controller",), 'Not what has this word; also -"hot spare" and -kind:page'),
        Help(("mdadm OR megaraid",), "One of the two"),
        Help(("(disk OR drive) degraded",), "Brackets join what belongs together"),
        Help(("web*",), "Begins with this"),
        Help(
            ("db-01", "10.0.3", "10.0.3.0/24", "00600", "/dev/sda1"),
            "A part of a host’s name, of an address, of an error code, of a path",
        ),
        Help(("#12", "@robert"), "Incident 12, the host robert"),
        *(Help((field.example,), _said(field)) for field in _TABLE),
    ]


def _said(field: Field) -> str:
    return f"{field.says} ({', '.join(field.values)})" if field.values else field.says
