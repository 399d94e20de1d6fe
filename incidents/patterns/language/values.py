"""What an expression can come to besides plain values, when facts are missing or wrong."""

from collections.abc import Iterable
from typing import Any

MAX_CAUSES = 20


class Unknown:
    """Nobody told us: ``paths`` are the absent facts the value would depend on."""

    __slots__ = ("paths",)

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(dict.fromkeys(paths))[:MAX_CAUSES]

    def __repr__(self) -> str:
        return f"Unknown({', '.join(self.paths)})"


class Fault:
    """The expression can't be worked out however much is known: ``message`` says why."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __repr__(self) -> str:
        return f"Fault({self.message})"


class Partial:
    """A list of which some entries are in for sure and some perhaps."""

    __slots__ = ("cause", "perhaps", "sure")

    def __init__(self, sure: list[Any], perhaps: list[Any], cause: Unknown) -> None:
        self.sure = sure
        self.perhaps = perhaps
        self.cause = cause


class Between:
    """A whole number known only within bounds, both included."""

    __slots__ = ("cause", "high", "low")

    def __init__(self, low: int, high: int, cause: Unknown) -> None:
        self.low = low
        self.high = high
        self.cause = cause


def cause_of(value: Any) -> Unknown | None:
    """Why a value is not fully known, or None when it is."""
    if isinstance(value, Unknown):
        return value
    return value.cause if isinstance(value, (Partial, Between)) else None


def merge(causes: Iterable[Unknown]) -> Unknown:
    """All causes as one."""
    return Unknown(path for cause in causes for path in cause.paths)
