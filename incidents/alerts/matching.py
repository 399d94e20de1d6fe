"""Which host an alert is about, and whether it is grave enough to open an incident."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q

from incidents.hosts.models import Host, HostStatus
from incidents.hosts.names import hosts_by_name

_MATCHER = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """``severity=critical``, ``severity=~critical|page``, ``team!=web``."""

    label: str
    sign: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        said = labels.get(self.label, "")
        equal = (
            re.fullmatch(self.value, said) is not None if "~" in self.sign else said == self.value
        )
        return equal != self.sign.startswith("!")


def matchers(rules: Sequence[str]) -> list[list[Matcher]]:
    """Rules, of which one must hold; a rule is matchers joined by ``&``, which all must."""
    return [[_matcher(part) for part in rule.split("&")] for rule in rules if rule.strip()]


def _matcher(text: str) -> Matcher:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise ImproperlyConfigured(
            f"ALERTS_OPEN_INCIDENTS: {text!r} is no matcher; write severity=critical."
        )
    label, sign, value = found.groups()
    if "~" in sign:
        try:
            re.compile(value)
        except re.error as error:
            raise ImproperlyConfigured(
                f"ALERTS_OPEN_INCIDENTS: {value!r} is no regular expression: {error}."
            ) from None
    return Matcher(label, sign, value.strip("\"'"))


def opens(labels: Mapping[str, str], rules: list[list[Matcher]]) -> bool:
    """Whether an alert with these labels opens an incident; others only add to one."""
    return any(all(one.holds(labels) for one in rule) for rule in rules)


def host_of(instance: str) -> Host | None:
    """The active host that ``db1.example.net:9100`` or an address means; None where it isn't
    certain: never a guess."""
    name = re.sub(r":\d+$", "", re.sub(r"^[a-z]+://", "", instance.strip())).split("/")[0]
    if not name or name.split(".")[0] == "localhost":
        return None
    active = Host.objects.filter(status=HostStatus.ACTIVE).defer("facts", "observed")
    for asked in (
        Q(name=name),
        Q(fqdn=name),
        Q(name=name.split(".")[0]) if _is_name(name) else None,
    ):
        if asked is None:
            continue
        found = list(active.filter(asked)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            return None
    if former := hosts_by_name([name]).get(name):
        return former if former.status == HostStatus.ACTIVE else None
    return None if _is_name(name) else _by_address(name.strip("[]"))


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[\d.]+|\[?[0-9a-fA-F:]+\]?", text) is None


def _by_address(address: str) -> Host | None:
    """By an address that one machine alone reports."""
    quoted = f'"{address}"'
    likely = Host.objects.filter(
        status=HostStatus.ACTIVE, facts__network__interfaces__icontains=quoted
    ).exclude(kind__in=("chroot", "container"))
    found = list(likely.defer("observed")[:2])
    return found[0] if len(found) == 1 else None
