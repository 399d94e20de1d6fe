"""Reading what comes in by the dozen; what came before, word for word, is not even read."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import incidents.facts
from incidents.facts.errors import FactsError
from incidents.facts.readers import Report
from incidents.hosts.again import Again, recognise

CHUNK = 50
MOST_BYTES = 4 * 1024 * 1024
"""So many bodies, and so much of them, are held before any is read."""

Spot = TypeVar("Spot")


class Body(NamedTuple):
    """A body as it came in, how it is read, and its fingerprint (empty: it is always read)."""

    bytes: bytes
    read: Callable[[], list[Report]]
    fingerprint: str


def fingerprint(body: bytes, **understood: Any) -> str:
    """A name for these bytes, how they are to be understood, and the readers as they are now."""
    told = repr((readers(), sorted(understood.items()))).encode()
    return hashlib.blake2b(body, digest_size=24, key=hashlib.blake2b(told).digest()).hexdigest()


@cache
def readers() -> str:
    """A name for the readers as they are: newer ones may find more in the same bytes."""
    code = sorted(Path(incidents.facts.__path__[0]).rglob("*.py"))
    told = hashlib.blake2b(digest_size=16)
    for file in code:
        told.update(file.read_bytes())
    return told.hexdigest()


def read_or_recognise(
    coming: Iterable[tuple[Spot, Body | FactsError]],
) -> Iterator[tuple[Spot, Report | Again | FactsError]]:
    """What each body says, in order, with where it came from."""
    for batch in _batches(coming):
        bodies = [one for _, one in batch if isinstance(one, Body)]
        known = recognise({one.fingerprint: _whole(one) for one in bodies if one.fingerprint})
        for spot, one in batch:
            if isinstance(one, FactsError):
                yield spot, one
            elif one.fingerprint in known:
                yield spot, known[one.fingerprint]
            else:
                yield from ((spot, report) for report in _read(one))


def _batches(
    coming: Iterable[tuple[Spot, Body | FactsError]],
) -> Iterator[list[tuple[Spot, Body | FactsError]]]:
    batch: list[tuple[Spot, Body | FactsError]] = []
    held = 0
    for spot, one in coming:
        batch.append((spot, one))
        held += len(one.bytes) if isinstance(one, Body) else 0
        if len(batch) == CHUNK or held > MOST_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _read(body: Body) -> list[Report] | list[FactsError]:
    try:
        reports = body.read()
    except FactsError as error:
        return [error]
    if len(reports) == 1 and body.fingerprint:
        return [replace(reports[0], fingerprint=body.fingerprint)]
    return reports


def _whole(body: Body) -> Callable[[], Report]:
    """These bytes were a report once, so they are; the fingerprint stands for one that was."""

    def read() -> Report:
        (report,) = body.read()
        return replace(report, fingerprint=body.fingerprint)

    return read
