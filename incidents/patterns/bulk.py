"""One act on many flags, with a result for every one of them.

Each flag is done by itself under its own lock, so what somebody else did to one of them meanwhile
spoils nothing for the rest, and sending it all again finds nothing left to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.patterns import acts
from incidents.patterns.models import Flag
from kb.accounts.models import User

#: As many as one request takes; each costs a few questions to the database.
MOST = 500

ACTS: dict[str, Callable[..., Flag]] = {
    "acknowledge": acts.acknowledge,
    "accept": acts.accept,
    "assign": acts.assign,
    "reopen": acts.reopen,
}
DONE, NOTHING, REFUSED = "done", "nothing to do", "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one flag; ``why`` says it where it was refused."""

    flag: Flag
    did: str
    why: str = ""


def act_on(
    flags: Sequence[Flag], act: str, *, by: User, now: datetime, **what: Any
) -> list[Result]:
    """Do ``act`` (a name of ``ACTS``) to each flag, in order.

    Raises ``acts.ActRefused`` when nothing could be done to any flag because what was said is
    wrong (no reason, a day that is over): then nothing has changed.
    """
    results: list[Result] = []
    for flag in flags:
        try:
            after = ACTS[act](flag, by=by, now=now, **what)
        except acts.ActRefused as refused:
            if refused.field and not any(one.did == DONE for one in results):
                raise
            results.append(Result(flag, REFUSED, str(refused)))
        except Flag.DoesNotExist:
            results.append(Result(flag, REFUSED, "It is gone: its host or pattern was removed."))
        else:
            after.pattern, after.host = flag.pattern, flag.host
            results.append(Result(after, DONE if after.changed_at == now else NOTHING))
    return results


def sums(results: Sequence[Result]) -> dict[str, int]:
    """How many were done, needed nothing, were refused."""
    return {did: sum(one.did == did for one in results) for did in (DONE, NOTHING, REFUSED)}
