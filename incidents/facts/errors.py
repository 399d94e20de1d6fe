"""What goes wrong with a fact document, said so that the sender can mend it."""

from __future__ import annotations

from collections.abc import Iterable

Problem = tuple[str, str]
"""(JSON pointer into what was sent, sentence that says what is wrong and how to mend it)."""


class FactsError(ValueError):
    """The document can't be taken as it is (HTTP 422); `errors` names each spot."""

    status = 422

    def __init__(self, errors: Iterable[Problem] | str, pointer: str = "") -> None:
        self.errors: list[Problem] = (
            [(pointer, errors)] if isinstance(errors, str) else list(errors)
        )
        super().__init__("; ".join(_spoken(problem) for problem in self.errors))


class TooLarge(FactsError):
    """The report is bigger than we take at all (HTTP 413)."""

    status = 413


def _spoken(problem: Problem) -> str:
    pointer, message = problem
    return f"{pointer}: {message}" if pointer else message


def step(pointer: str, key: str | int) -> str:
    """One step further down a JSON pointer (RFC 6901 escapes)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
