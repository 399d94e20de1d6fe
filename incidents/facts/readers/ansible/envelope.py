"""The wrappings Ansible puts around facts: command output, `--tree` files, fact caches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from ...bounds import check_shape, parse_json
from ...errors import FactsError
from ..values import mapping

_HEADER = re.compile(r"^(\S+) \| ([A-Z]+!?)[^\n{]{0,200}?=>[ \t]*", re.MULTILINE)
_YAML = re.compile(r"\s*(---\s*\n)?(#[^\n]*\n)*(_?ansible_\w+|gather_subset|module_setup):[ \n]")
_MAY_ALIAS = re.compile(r"(?:^|[\s\[{,])[&*][^\s,\]}]", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TELLING = {
    "distribution", "os_family", "system", "kernel", "hostname", "fqdn", "devices", "mounts",
    "packages", "services", "local", "is_chroot", "date_time", "machine", "processor",
}  # fmt: skip
_PAYLOAD = "__payload__"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One host's facts, keys without the `ansible_` prefix, and its name in the inventory."""

    facts: dict[str, Any]
    name: str | None = None


def is_output(text: str) -> bool:
    """Whether this is what the `ansible` command prints."""
    return not text.lstrip().startswith(("{", "[")) and bool(_HEADER.search(text[:20000]))


def is_yaml(text: str) -> bool:
    """Whether this is a file of Ansible's `yaml` fact cache."""
    return bool(_YAML.match(text[:20000]))


def recognises(raw: Any) -> bool:
    """Command output, an object with `ansible_facts`, or bare facts."""
    if isinstance(raw, str):
        return is_output(raw) or is_yaml(raw)
    if not isinstance(raw, dict):
        return False
    if "ansible_facts" in raw or _PAYLOAD in raw:
        return True
    return any(f"ansible_{name}" in raw for name in _TELLING)


def unwrap(raw: Any) -> tuple[list[Wrapped], list[str]]:
    """The facts of every host in it, and notes on hosts that gave none."""
    if isinstance(raw, str):
        return _from_output(raw) if is_output(raw) else ([Wrapped(_facts(_from_yaml(raw)))], [])
    if not isinstance(raw, dict):
        raise FactsError("Ansible facts are a JSON object; this is not one.")
    return [Wrapped(_facts(raw))], []


def host_from_file(raw: Any, file_name: str) -> str | None:
    """`--tree` and fact caches name the file after the host, newer caches with a prefix.

    Command output that was saved to a file names its hosts itself.
    """
    if isinstance(raw, str) and not is_yaml(raw):
        return None
    name = file_name.removesuffix(".json").removesuffix(".yml").removesuffix(".yaml")
    return re.sub(r"^s\d+_", "", name) if _PAYLOAD in mapping(raw) else name


def _from_output(text: str) -> tuple[list[Wrapped], list[str]]:
    headers = list(_HEADER.finditer(text))
    found: list[Wrapped] = []
    notes: list[str] = []
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        name, state = header.group(1), header.group(2)
        body = text[header.end() : following.start() if following else len(text)]
        if state not in ("SUCCESS", "CHANGED", "OK"):
            notes.append(f"{name} gave no facts: {state.rstrip('!').lower()}.")
            continue
        inside = body[: body.rfind("}") + 1].strip()
        if not body.lstrip().startswith("{") or not inside:
            raise FactsError(
                f"The output for {name} is not JSON; run ansible with "
                "ANSIBLE_CALLBACK_RESULT_FORMAT=json."
            )
        found.append(Wrapped(_facts(parse_json(inside)), name))
    if not found:
        raise FactsError("Ansible reached no host: " + " ".join(notes or ["there is no output."]))
    return found, notes


def _from_yaml(text: str) -> dict[str, Any]:
    """A file of Ansible's `yaml` fact cache.

    Aliases are refused: a few bytes of them can stand for more than any memory holds.
    """
    try:
        if _MAY_ALIAS.search(text):
            for event in yaml.parse(text, Loader=_LOADER):
                if isinstance(event, yaml.AliasEvent):
                    raise FactsError("YAML aliases are not read; use Ansible's jsonfile cache.")
        found = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, FactsError):
            raise
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where is not None else ""
        raise FactsError(f"This is not valid YAML{line}.") from None
    if not isinstance(found, dict):
        raise FactsError("Ansible's cached facts are a mapping; this is not one.")
    check_shape(found)
    return found


def _facts(raw: dict[str, Any]) -> dict[str, Any]:
    if isinstance(raw.get(_PAYLOAD), str):
        raw = mapping(parse_json(raw[_PAYLOAD]))
    if raw.get("failed") is True or raw.get("unreachable") is True:
        raise FactsError(f"Ansible gathered no facts: {str(raw.get('msg', 'it failed'))[:300]}")
    facts = mapping(raw.get("ansible_facts")) or raw
    return {str(name).removeprefix("ansible_"): value for name, value in facts.items()}
