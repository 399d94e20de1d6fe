"""Logic and loops over answers that may be unknown: one decisive answer is enough.

A loop gets (entry, answer) pairs that are sure, pairs of entries that are perhaps there, and why.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .operators import equal
from .values import Fault, Partial, Unknown, cause_of, merge


def decide(answers: Iterable[Any], deciding: bool, where: str) -> Any:
    """``||`` and exists (``deciding`` true), ``&&`` and all (false): one such answer is enough."""
    causes: list[Unknown] = []
    fault: Fault | None = None
    other = not deciding
    for answer in answers:
        if answer is deciding:
            return deciding
        if answer is other:
            continue
        if isinstance(answer, Unknown):
            causes.append(answer)
        elif isinstance(answer, Fault):
            fault = fault or answer
        else:
            fault = fault or Fault(f"{where} wants true or false")
    if causes:
        return merge(causes)
    return fault if fault is not None else other


def either(yes: Any, no: Any, cause: Unknown) -> Any:
    """The outcome when the question is open: the same both ways, or unknown."""
    for fault in (yes, no):
        if isinstance(fault, Fault):
            return cause
    more = [found for value in (yes, no) if (found := cause_of(value)) is not None]
    if not more and not isinstance(yes, list) and equal(yes, no) is True:
        return yes
    return merge([cause, *more])


def first_fault(values: list[Any]) -> Any:
    return next((value for value in values if isinstance(value, Fault)), values)


def _some(sure: Any, perhaps: Any, cause: Unknown | None, deciding: bool, where: str) -> Any:
    found = decide((answer for _, answer in sure), deciding, where)
    if found is deciding or cause is None:
        return found
    later = decide((answer for _, answer in perhaps), deciding, where)
    if later is (not deciding):
        return found
    if isinstance(found, Unknown):
        return merge([found, cause])
    if isinstance(later, Fault):
        return later
    return merge([cause, later]) if isinstance(later, Unknown) else cause


def _exists(sure: Any, perhaps: Any, cause: Unknown | None) -> Any:
    return _some(sure, perhaps, cause, True, "exists")


def _all(sure: Any, perhaps: Any, cause: Unknown | None) -> Any:
    return _some(sure, perhaps, cause, False, "all")


def _exists_one(sure: Any, perhaps: Any, cause: Unknown | None) -> Any:
    kept = _filter(sure, perhaps, cause)
    if isinstance(kept, Partial):
        return False if len(kept.sure) > 1 else kept.cause
    return kept if isinstance(kept, (Unknown, Fault)) else len(kept) == 1


def _filter(sure: Any, perhaps: Any, cause: Unknown | None) -> Any:
    kept: list[Any] = []
    open_: list[Any] = []
    causes: list[Unknown] = []
    for pairs, certain in ((sure, True), (perhaps, False)):
        for entry, answer in pairs:
            if isinstance(answer, Fault):
                return answer
            if isinstance(answer, Unknown):
                causes.append(answer)
                open_.append(entry)
            elif answer is True:
                (kept if certain else open_).append(entry)
            elif answer is not False:
                return Fault("filter wants true or false")
    if not open_:
        return kept
    return Partial(kept, open_, merge([*causes, *([cause] if cause is not None else [])]))


def _map(sure: Any, perhaps: Any, cause: Unknown | None) -> Any:
    made = [answer for _, answer in sure]
    more = [answer for _, answer in perhaps]
    for answer in (*made, *more):
        if isinstance(answer, Fault):
            return answer
    if cause is None:
        return made
    return Partial(made, more, cause)


LOOPS: dict[str, Callable[[Any, Any, Unknown | None], Any]] = {
    "exists": _exists,
    "all": _all,
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _map,
}
