"""Our own derived sections, one file each; what they hold is in ``derived_schema``."""

from collections.abc import Mapping
from typing import Any


def known(**fields: Any) -> dict[str, Any]:
    """The fields that somebody said; None and the empty text mean that nobody did."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def spoken_os(os: Mapping[str, Any]) -> dict[str, Any]:
    """What relatives and peers show of a host's system."""
    return known(os_name=os.get("name"), os_major=os.get("major"), arch=os.get("arch"))


def each_once(values: list[Any]) -> list[Any]:
    """The values that are known, each once, in their first order."""
    return list(dict.fromkeys(value for value in values if value))
