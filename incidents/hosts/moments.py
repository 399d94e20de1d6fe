"""A moment of the past as people write it in an address."""

import re
from datetime import UTC, date, datetime, time

LIKE = "Write a day such as 2026-10-01, which counts to its end, or a time such as "
LIKE += "2026-10-01T12:00:00Z."


class BadMoment(ValueError):
    """The words are no moment that one can look back to; the message names the mend."""


def read_moment(text: str, now: datetime) -> datetime:
    """A time (UTC where no zone is said) or a day, which counts to its end.  Today is now."""
    text = re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip())  # a plus sign in an address is a space
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            if day == now.astimezone(UTC).date():
                return now
            moment = datetime.combine(day, time(23, 59, 59, 999999), UTC)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadMoment(f"{text[:40]!r} is no moment. {LIKE}") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise BadMoment(f"{text[:40]!r} is no moment. {LIKE}") from None
    if moment > now:
        said = f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"
        raise BadMoment(
            f"That lies ahead; here it is {said} UTC. Choose a moment that is over, or leave it "
            "out to see how things stand."
        )
    return moment
