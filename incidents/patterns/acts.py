"""What a person may do with a flag.  Nobody can resolve one: only facts do."""

from datetime import datetime, timedelta

from django.db import transaction

from incidents.patterns.flags import NO_WAIVER, transition
from incidents.patterns.models import ACTIVE_STATES, Flag, FlagState
from incidents.patterns.news import tell
from kb.accounts.models import User

LONGEST_WAIVER = timedelta(days=366)


class ActRefused(ValueError):
    """It can't be done; ``field`` names what was wrong, empty when it is the flag's state."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def acknowledge(flag: Flag, *, by: User, now: datetime) -> Flag:
    """Someone is on it.  Doing it twice changes nothing."""
    with transaction.atomic():
        flag = _locked(flag)
        if flag.state == FlagState.ACKNOWLEDGED:
            return flag
        if flag.state != FlagState.OPEN:
            raise ActRefused(_not_now(flag, "acknowledged"))
        return _moved(flag, FlagState.ACKNOWLEDGED, by, now)


def accept(flag: Flag, *, by: User | None, until: datetime, because: str, now: datetime) -> Flag:
    """Accept the risk until a day within a year; then the flag comes back by itself."""
    because = because.strip()
    if not because:
        raise ActRefused(
            "Say why this risk is acceptable; whoever reads it next will ask.", "because"
        )
    if until <= now:
        raise ActRefused("This day is over. Choose one that lies ahead.", "until")
    if until > now + LONGEST_WAIVER:
        raise ActRefused(
            "A risk can be accepted for a year at most; then look at it again.", "until"
        )
    with transaction.atomic():
        flag = _locked(flag)
        if flag.state not in ACTIVE_STATES:
            raise ActRefused(_not_now(flag, "accepted"))
        same = (flag.accepted_until, flag.accepted_because) == (until, because)
        if flag.state == FlagState.ACCEPTED and same:
            return flag
        flag.accepted_until, flag.accepted_because, flag.accepted_by = until, because, by
        return _moved(flag, FlagState.ACCEPTED, by, now, because=because)


def reopen(flag: Flag, *, by: User, now: datetime, because: str = "") -> Flag:
    """End a waiver, or give an acknowledged flag back."""
    with transaction.atomic():
        flag = _locked(flag)
        if flag.state == FlagState.OPEN:
            return flag
        if flag.state not in (FlagState.ACCEPTED, FlagState.ACKNOWLEDGED):
            raise ActRefused(_not_now(flag, "reopened"))
        _end_waiver(flag)
        return _moved(flag, FlagState.OPEN, by, now, because=because.strip())


def assign(flag: Flag, *, to: User | None, by: User, now: datetime) -> Flag:
    """Say who takes care of it; None takes the name away."""
    if to is not None and not to.may_write:
        raise ActRefused(f"{to.username} only reads here, so nothing can be given to them.", "to")
    with transaction.atomic():
        flag = _locked(flag)
        if flag.assigned_to_id == (to.pk if to else None):
            return flag
        flag.assigned_to = to
        said = f"Given to {to.username}." if to else "Given to nobody in particular."
        return _moved(flag, flag.state, by, now, because=said)


def end_waivers(now: datetime) -> list[Flag]:
    """Open every flag whose waiver has run out."""
    with transaction.atomic():
        over = Flag.objects.select_for_update().filter(
            state=FlagState.ACCEPTED, accepted_until__lte=now
        )
        flags = list(over.order_by("pk"))
        for flag in flags:
            said = f"Accepted until {flag.accepted_until:%Y-%m-%d}: {flag.accepted_because}"
            _end_waiver(flag)
            _moved(flag, FlagState.OPEN, None, now, cause="expiry", because=said)
    return flags


def _locked(flag: Flag) -> Flag:
    return Flag.objects.select_for_update().get(pk=flag.pk)


def _end_waiver(flag: Flag) -> None:
    for name, value in NO_WAIVER.items():
        setattr(flag, name, value)


def _moved(
    flag: Flag,
    state: str,
    by: User | None,
    now: datetime,
    *,
    cause: str = "person",
    because: str = "",
) -> Flag:
    before, flag.state, flag.changed_at = flag.state, FlagState(state), now
    flag.save()
    entry = transition(flag, before, now, cause, by=by, because=because)
    entry.save()
    tell([entry])
    return flag


def _not_now(flag: Flag, wanted: str) -> str:
    return f"This flag is {flag.state}; only what is open can be {wanted}."
