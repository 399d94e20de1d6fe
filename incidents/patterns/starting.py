"""What an empty pattern form holds: a small whole pattern to change, what is known filled in."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from incidents.patterns.models import Severity
from incidents.patterns.spec import as_data, dump_yaml, load_data, load_yaml

STARTING_TEXT = """\
pattern: give-it-a-name
title: What is wrong, in a few words
severity: medium
likelihood: medium
applies: "storage.raids.size() > 0"
match: "storage.raids.exists(r, r.state == 'degraded')"
say:
  match: "{storage.raids.filter(r, r.state == 'degraded').map(r, r.name); An array} is degraded."
why: |
  What happened to whom, and why it will happen again.
fix: |
  1. What to do first.
lessons: []
examples:
  - facts: {storage: {raids: [{name: md0, state: degraded}]}}
    verdict: match
  - facts: {storage: {raids: [{name: md0, state: optimal}]}}
    verdict: clear
  - facts: {storage: {raids: [{name: md0}]}}
    verdict: unknown
"""

OTHER = "something else"
_PATH = re.compile(r"[a-z_]+(?:\[\])?(?:\.[a-z_]+(?:\[\])?)+")


def starting_text(known: Mapping[str, str]) -> str:
    """The starting pattern with what is ``known``: title, why, severity, lesson (a slug), and a
    fact that hosts have in common (``path`` such as ``storage.controllers[].model``, ``value``).
    What makes no sense is left out.
    """
    data: dict[str, Any] = dict(as_data(load_yaml(STARTING_TEXT)))
    if title := " ".join(known.get("title", "").split())[:200]:
        data |= {"title": title, "pattern": slugify(title)[:80].strip("-") or data["pattern"]}
    if why := known.get("why", "").strip():
        data["why"] = why + "\n"
    if known.get("severity") in Severity.values:
        data["severity"] = known["severity"]
    if lesson := slugify(known.get("lesson", "")):
        data["lessons"] = [lesson]
    if known.get("value") and _PATH.fullmatch(known.get("path", "")):
        data |= _shared(known["path"], known["value"][:200])
    return dump_yaml(load_data(data))


def _shared(path: str, value: str) -> dict[str, Any]:
    """A match on one fact, and the two examples that hold it."""
    said = json.dumps(value, ensure_ascii=False)
    if "[]" in path:
        many, _, rest = path.partition("[].")
        match = f"{many}.exists(one, one.{rest} == {said})"
    else:
        match = f"{path} == {said}"
    return {
        "applies": "true",
        "match": match,
        "say": {},
        "examples": [
            {"facts": _facts(path, value), "verdict": "match"},
            {"facts": _facts(path, OTHER), "verdict": "clear"},
        ],
    }


def _facts(path: str, value: str) -> Any:
    """The smallest document in which ``value`` stands at ``path``."""
    name, _, rest = path.partition(".")
    inner = _facts(rest, value) if rest else value
    return {name[:-2]: [inner]} if name.endswith("[]") else {name: inner}
