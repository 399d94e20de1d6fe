"""The form of a pattern, checked key by key so that an author sees every slip at once."""

import math
import re
from collections.abc import Callable
from typing import Any

from .evaluate import SEVERITIES
from .language.bounds import MAX_LIST, MAX_STRING, MAX_TEXT
from .language.check import suggestion
from .language.tokens import RESERVED
from .language.types import sections
from .verdict import State

MAX_SLUG = 80
MAX_TITLE = 200
MAX_PROSE = 20_000
MAX_EXAMPLES = 60
MAX_THRESHOLDS = 20
MAX_GRACE_DAYS = 366
MAX_PROBLEMS = 50

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_GRACE = re.compile(r"(\d{1,4})([hdw])\Z")
_NEEDED = ("pattern", "title", "severity", "applies", "match", "examples")


class Reading:
    """``data`` with harmless blanks removed, and ``problems`` as (pointer, message)."""

    def __init__(self, data: Any) -> None:
        self.problems: list[tuple[str, str]] = []
        self.data: dict[str, Any] = {}
        if not isinstance(data, dict):
            self.say("", "A pattern is a list of keys, such as `pattern: my-pattern`.")
            return
        self.data = {key: value for key, value in data.items() if value is not None}
        for key in data:
            if key not in _KEYS:
                self.say(f"/{key}", f"There is no key `{key}`{suggestion(str(key), _KEYS)}")
        for key in _NEEDED:
            if key not in self.data:
                self.say(f"/{key}", f"`{key}` is missing.")
        for key, reader in _KEYS.items():
            if key in self.data:
                reader(self, f"/{key}", self.data[key])

    def say(self, pointer: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append((pointer, message))

    # -- one kind of value each -------------------------------------------------------------

    def slug(self, at: str, value: Any) -> None:
        if not (isinstance(value, str) and _SLUG.match(value) and len(value) <= MAX_SLUG):
            self.say(at, f"Small letters, digits and single dashes, at most {MAX_SLUG}.")

    def text(self, at: str, value: Any, limit: int, *, filled: bool = True) -> bool:
        if not isinstance(value, str):
            self.say(at, "This must be text; put it in quotes.")
        elif filled and not value.strip():
            self.say(at, "Write something here.")
        elif len(value) > limit:
            self.say(at, f"{len(value):,} characters; the limit is {limit:,}.")
        else:
            return True
        return False

    def title(self, at: str, value: Any) -> None:
        if self.text(at, value, MAX_TITLE) and "\n" in value:
            self.say(at, "A title is one line.")

    def expression(self, at: str, value: Any) -> None:
        if isinstance(value, bool):
            self.say(at, f'Put it in quotes: "{str(value).lower()}".')
        else:
            self.text(at, value, MAX_TEXT)

    def prose(self, at: str, value: Any) -> None:
        self.text(at, value, MAX_PROSE, filled=False)

    def level(self, at: str, value: Any) -> None:
        if value not in SEVERITIES:
            hint = suggestion(str(value), SEVERITIES)
            self.say(at, f"One of {', '.join(reversed(SEVERITIES))}{hint}")

    def grace(self, at: str, value: Any) -> None:
        found = _GRACE.match(value) if isinstance(value, str) else None
        if not found:
            self.say(at, "A time such as 12h, 30d or 2w; 0d opens flags at once.")
        elif int(found[1]) * {"h": 1 / 24, "d": 1, "w": 7}[found[2]] > MAX_GRACE_DAYS:
            self.say(at, f"At most {MAX_GRACE_DAYS} days.")

    def version(self, at: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.say(at, "A whole number from 1.")

    # -- lists and tables -------------------------------------------------------------------

    def several(self, at: str, value: Any, limit: int) -> list[Any]:
        if not isinstance(value, list):
            self.say(at, "This must be a list.")
            return []
        if len(value) > limit:
            self.say(at, f"{len(value)} entries; the limit is {limit}.")
        return value[:limit]

    def table(self, at: str, value: Any, keys: dict[str, Any] | None, needed: Any = ()) -> bool:
        if not isinstance(value, dict):
            self.say(at, "This must be a list of keys with values.")
            return False
        for key in value if keys is not None else ():
            if keys is not None and key not in keys:
                self.say(f"{at}/{key}", f"There is no key `{key}`{suggestion(str(key), keys)}")
        for key in needed:
            if value.get(key) is None:
                self.say(f"{at}/{key}", f"`{key}` is missing.")
        return True

    def thresholds(self, at: str, value: Any) -> None:
        if not self.table(at, value, None):
            return
        if len(value) > MAX_THRESHOLDS:
            self.say(at, f"{len(value)} thresholds; the limit is {MAX_THRESHOLDS}.")
        for name, default in list(value.items())[:MAX_THRESHOLDS]:
            self.threshold(f"{at}/{name}", name, default)

    def threshold(self, at: str, name: Any, default: Any) -> None:
        taken = name in sections() or name in RESERVED or name in ("true", "false", "null", "in")
        if not isinstance(name, str) or not _NAME.match(name):
            self.say(at, "Name it in small letters, digits and _, such as max_age_days.")
        elif taken or name == "missing":
            self.say(at, f"`{name}` has a meaning already; name it otherwise.")
        message = threshold_problem(default)
        if message:
            self.say(at, message)

    def raises(self, at: str, value: Any) -> None:
        for n, one in enumerate(self.several(at, value, 20)):
            if self.table(f"{at}/{n}", one, {"when": 1, "to": 1}, ("when", "to")):
                if "when" in one:
                    self.expression(f"{at}/{n}/when", one["when"])
                if "to" in one:
                    self.raised_to(f"{at}/{n}/to", one["to"])

    def raised_to(self, at: str, to: Any) -> None:
        self.level(at, to)
        base = self.data.get("severity")
        if to not in SEVERITIES or base not in SEVERITIES:
            return
        if SEVERITIES.index(to) <= SEVERITIES.index(base):
            self.say(at, f"`{to}` is not above the pattern's own severity, {base}.")

    def say_templates(self, at: str, value: Any) -> None:
        keys = {"match": 1, "clear": 1, "unknown": 1, "not_applicable": 1}
        if self.table(at, value, keys):
            for key, text in value.items():
                self.text(f"{at}/{key}", text, MAX_TEXT)

    def slugs(self, at: str, value: Any) -> None:
        for n, one in enumerate(self.several(at, value, 50)):
            self.slug(f"{at}/{n}", one)

    def cites(self, at: str, value: Any) -> None:
        for n, one in enumerate(self.several(at, value, 50)):
            if self.table(f"{at}/{n}", one, {"title": 1, "url": 1}, ("title", "url")):
                if one.get("title") is not None:
                    self.text(f"{at}/{n}/title", one["title"], MAX_TITLE)
                if one.get("url") is not None:
                    self.address(f"{at}/{n}/url", one["url"])

    def address(self, at: str, value: Any) -> None:
        if not (isinstance(value, str) and re.match(r"https?://[^\s<>\"]{3,1000}\Z", value)):
            self.say(at, "An address that starts with https:// or http://.")

    def needs(self, at: str, value: Any) -> None:
        for n, one in enumerate(self.several(at, value, 50)):
            if one not in sections():
                hint = suggestion(str(one), sections())
                self.say(f"{at}/{n}", f"There is no section `{one}`{hint}")

    def examples(self, at: str, value: Any) -> None:
        for n, one in enumerate(self.several(at, value, MAX_EXAMPLES)):
            self.example(f"{at}/{n}", one)

    def example(self, at: str, one: Any) -> None:
        if not self.table(at, one, _EXAMPLE, ("facts", "verdict")):
            return
        if one.get("facts") is not None and not isinstance(one["facts"], dict):
            self.say(f"{at}/facts", "Sections with their fields, such as {backups: []}.")
        if one.get("verdict") is not None and one["verdict"] not in list(State):
            hint = suggestion(str(one["verdict"]), [str(state) for state in State])
            self.say(f"{at}/verdict", f"One of {', '.join(list(State)[:4])}{hint}")
        if one.get("severity"):
            self.level(f"{at}/severity", one["severity"])
        for key in ("name", "now", "says"):
            if one.get(key) is not None:
                self.text(f"{at}/{key}", one[key], 1_000, filled=False)
        for key in ("stale", "missing"):
            for n, item in enumerate(self.several(f"{at}/{key}", one.get(key, []), 50)):
                self.text(f"{at}/{key}/{n}", item, 300)


_EXAMPLE = dict.fromkeys(
    ("facts", "verdict", "name", "now", "stale", "missing", "severity", "says"), True
)

_KEYS: dict[str, Callable[[Reading, str, Any], None]] = {
    "pattern": Reading.slug,
    "title": Reading.title,
    "severity": Reading.level,
    "likelihood": Reading.level,
    "applies": Reading.expression,
    "match": Reading.expression,
    "thresholds": Reading.thresholds,
    "raise": Reading.raises,
    "say": Reading.say_templates,
    "why": Reading.prose,
    "fix": Reading.prose,
    "lessons": Reading.slugs,
    "cites": Reading.cites,
    "grace": Reading.grace,
    "version": Reading.version,
    "needs": Reading.needs,
    "examples": Reading.examples,
}


def threshold_problem(value: Any) -> str | None:
    """Why a value can't be a threshold, or None when it can."""
    if isinstance(value, list):
        if not value:
            return "An empty list decides nothing; name at least one."
        if len(value) > MAX_LIST:
            return f"{len(value)} entries; the limit is {MAX_LIST}."
        kinds = {_kind(item) for item in value}
        if len(kinds) > 1 or "list" in kinds:
            return "A list of numbers or a list of texts, not a mixture."
        return next((why for item in value if (why := threshold_problem(item))), None)
    if isinstance(value, str) and len(value) > MAX_STRING:
        return f"{len(value)} characters; the limit is {MAX_STRING}."
    if isinstance(value, float) and not math.isfinite(value):
        return "This number is not finite."
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return "This number is too large."
    if not isinstance(value, (bool, int, float, str)):
        return "A number, a text, true or false, or a list of numbers or texts."
    return None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list"
