"""An example for a pattern, made of a real host: its facts, cut down to what the pattern reads."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from incidents.hosts.models import Host
from incidents.patterns.evaluate import ask
from incidents.patterns.fleet import Fleet
from incidents.patterns.spec import Example, PatternSpec, compile_spec

MOST_ENTRIES = 5


def with_example(
    spec: PatternSpec, host: Host, *, now: datetime, anonymous: bool = True
) -> PatternSpec:
    """The spec with one more example: what ``host`` says today, and the verdict it gets.

    Ages stay as they are now, so the example means the same next year.  ``anonymous`` takes names
    of hosts, addresses and serials out.  Raises ``LookupError`` where the host can't be asked.
    """
    ready = compile_spec(spec)
    seen = next(Fleet.at(now, [host.pk], wanted=ready.variables | ready.paths).seen(), None)
    if seen is None:
        raise LookupError(f"{host.name} is retired, so nothing is asked of it.")
    facts = cut(seen.view.sections, ready.paths)
    if anonymous:
        facts = _without_names(facts)
    view = type(seen.view)(host.name, facts, facts)
    verdict = ask(ready, view)
    example = Example(
        facts=facts,
        verdict=str(verdict.state),
        name="as seen on a host" if anonymous else f"as seen on {host.name}",
        missing=list(verdict.missing) if verdict.state == "unknown" else [],
    )
    return msgspec.structs.replace(spec, examples=[*spec.examples, example])


def cut(sections: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Only what stands at these paths (``backups[].last_success_days``); of long lists a few."""
    found: dict[str, Any] = {}
    for path in sorted(paths):
        _take(found, sections, path.replace("[]", ".[]").split("."))
    return found


def _take(into: dict[str, Any], facts: Any, steps: list[str]) -> None:
    name, rest = steps[0], steps[1:]
    if not isinstance(facts, Mapping) or name not in facts:
        return
    value = facts[name]
    if not rest:
        into.setdefault(name, _few(value))
        return
    if rest[0] == "[]":
        if not isinstance(value, list):
            return
        held = into.get(name)
        if not isinstance(held, list) or (held and not isinstance(held[0], dict)):
            held = into[name] = [{} for _ in value[:MOST_ENTRIES]]
        if len(rest) > 1:
            for one, entry in zip(held, value, strict=False):
                _take(one, entry, rest[1:])
        return
    held = into.setdefault(name, {})
    if isinstance(held, dict):
        _take(held, value, rest)


def _few(value: Any) -> Any:
    """A list that is read as a whole keeps its length, not its words: it is counted, or gone
    through by paths of its own."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{} for _ in value[:MOST_ENTRIES]]
    return value


_TELLING = {"fqdn", "serial", "mac", "target_host", "console_address", "hostname"}


def _without_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_names(v) for k, v in value.items() if k not in _TELLING}
    if isinstance(value, list):
        return [_without_names(item) for item in value]
    return value
