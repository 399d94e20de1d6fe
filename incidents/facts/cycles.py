"""From the version a tool reports to the names a cycle may have in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Numbers = tuple[int, ...]

_WINDOWS_YEARS = (
    ("2025", "2025"), ("2022", "2022"), ("2019", "2019"), ("2016", "2016"),
    ("2012 r2", "2012-r2"), ("2012", "2012"), ("2008 r2", "2008-r2-sp1"), ("2008", "2008-sp2"),
    ("2003", "2003-sp2"), ("2000", "2000"),
)  # fmt: skip
_WINDOWS_BUILDS = {
    "6.0.6002": "2008-sp2", "6.0.6003": "2008-sp2", "6.1.7601": "2008-r2-sp1", "6.2.9200": "2012",
    "6.3.9600": "2012-r2", "10.0.14393": "2016", "10.0.17763": "2019", "10.0.20348": "2022",
    "10.0.26100": "2025",
}  # fmt: skip
_SERVER_ONLY = {"10.0.20348"}
_DARWIN = {20: "11", 21: "12", 22: "13", 23: "14", 24: "15", 25: "26"}


def numbers(version: str) -> Numbers:
    """The leading numbers of a version: `13.2-RELEASE-p3` → (13, 2); () where there are none."""
    found = re.match(r"\d{1,9}(?:\.\d{1,9})*", version.strip())
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def release(version: str) -> Numbers:
    """The numbers of a package's version, less its epoch: `1:10.11.6-0+deb12u1` → (10, 11, 6)."""
    return numbers(re.sub(r"^\d+:", "", version.strip()).removeprefix("v"))


def words(section: Mapping[str, Any]) -> str:
    """All an os section says about itself, for telling look-alikes apart."""
    fields = ("name", "edition", "codename", "pretty_name", "version", "family")
    return " ".join(str(section[f]).lower() for f in fields if section.get(f))


def candidates(rule: str, section: Mapping[str, Any]) -> list[str]:
    """Names the cycle may have, the most exact first; empty where the version tells nothing."""
    return _RULES.get(rule, _minor)(str(section.get("version") or ""), section)


def _major(version: str, section: Mapping[str, Any]) -> list[str]:
    found = numbers(version)
    if not found:
        return []
    return [f"{found[0]}.{found[1]}", str(found[0])] if len(found) > 1 else [str(found[0])]


def _minor(version: str, section: Mapping[str, Any]) -> list[str]:
    found = numbers(version)
    if len(found) == 1:
        return [str(found[0]), f"{found[0]}.0"]
    if not found:
        return []
    return [f"{found[0]}.{found[1]:02d}", f"{found[0]}.{found[1]}", str(found[0])]


def _sles(version: str, section: Mapping[str, Any]) -> list[str]:
    pack = re.match(r"(\d+)[ -]*sp[ -]*(\d+)", version.lower())
    if pack:
        return [f"{pack.group(1)}.{pack.group(2)}"]
    found = (*numbers(version), 0)
    return [f"{found[0]}.{found[1]}"] if len(found) > 1 else []


def _amazon(version: str, section: Mapping[str, Any]) -> list[str]:
    """2, 2023 or 2018.03. Some tools give the kernel's version here: that tells nothing."""
    if re.fullmatch(r"20\d\d\.\d\d(\.\d+)?", version):
        month = version[:7]
        return [month, month[:4]]
    found = numbers(version)
    return [str(found[0])] if found and (found[0] == 2 or found[0] >= 2023) else []


def _windows(version: str, section: Mapping[str, Any]) -> list[str]:
    """By the year people say; a bare build only where it can't be a desktop system."""
    said = words(section).replace("-", " ")
    if "server" in said or "windows" not in version.lower():
        for year, cycle in _WINDOWS_YEARS:
            if re.search(rf"(?<![\d.]){year}(?![\d.])", said):
                return [cycle]
    build = ".".join(version.split(".")[:3])
    known = build in _WINDOWS_BUILDS and ("server" in said or build in _SERVER_ONLY)
    return [_WINDOWS_BUILDS[build]] if known else []


def _darwin(version: str, section: Mapping[str, Any]) -> list[str]:
    found = numbers(version)
    if not found or found[0] < 5:
        return []
    if found[0] < 20:
        return [f"10.{found[0] - 4}"]
    return [_DARWIN[found[0]]] if found[0] in _DARWIN else []


def _macos(version: str, section: Mapping[str, Any]) -> list[str]:
    found = numbers(version)
    if found[:1] == (10,) and len(found) > 1:
        return [f"10.{found[1]}"]
    return [str(found[0])] if found and found[0] >= 11 else []


def _solaris(version: str, section: Mapping[str, Any]) -> list[str]:
    """`5.11` is what the kernel calls 11; the update is in the kernel's own version."""
    found = numbers(version)
    if found[:1] == (5,) and len(found) > 1:
        exact = numbers(str(section.get("kernel") or ""))
        found = exact[:2] if exact[:1] == found[1:2] else found[1:]
    return _minor(".".join(map(str, found)), section)


def _aix(version: str, section: Mapping[str, Any]) -> list[str]:
    """`7100-04-04` is 7.1, technology level 4."""
    level = re.match(r"(\d)(\d)00-0?(\d+)", version)
    if level:
        return [".".join(level.groups())]
    found = numbers(version)
    return [".".join(map(str, found[:3]))] if len(found) > 1 else []


def _mint(version: str, section: Mapping[str, Any]) -> list[str]:
    found = numbers(version)
    if found and ("lmde" in words(section) or found[0] < 10):
        return [f"lmde{found[0]}"]
    return _major(version, section)


_RULES: dict[str, Callable[[str, Mapping[str, Any]], list[str]]] = {
    "major": _major,
    "centos": _major,
    "minor": _minor,
    "freebsd": _major,
    "sles": _sles,
    "amazon": _amazon,
    "windows": _windows,
    "darwin": _darwin,
    "macos": _macos,
    "solaris": _solaris,
    "aix": _aix,
    "mint": _mint,
}
