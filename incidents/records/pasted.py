"""A chat log or a shell history, pasted, as lines to pick a timeline from.  Pure Python.

Read are what Slack, IRC clients and Element copy or export, lines that begin with a timestamp, the
histories of bash and zsh, journalctl and syslog.  A line without a time of its own belongs to the
one before it.  Nothing is dropped: what cannot be read stands in the answer as it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

MOST_TEXT = 200_000
MOST_LINES = 2_000
#: A log that goes back by more than this has gone past midnight.
_OVER_MIDNIGHT = timedelta(hours=6)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


@dataclass(slots=True)
class PastedLine:
    """One thing somebody said or a machine noted; ``at`` is None where no time can be read.

    ``form`` says what it was read as; ``who`` is the nick or the program, where there is one.
    """

    at: datetime | None
    who: str
    what: str
    form: str


@dataclass(frozen=True, slots=True)
class _When:
    """What a line says of its time: with what it leaves out."""

    clock: time | None = None
    day: date | None = None
    month: tuple[int, int] | None = None  # month and day, without a year
    moment: datetime | None = None


_CLOCK = (
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?"
    r"(?:[ \u202f]?(?P<ap>[AaPp])\.?[Mm]\.?)?"
)
_ISO = (
    r"(?P<y>\d{4})[-/](?P<mo>\d\d)[-/](?P<d>\d\d)[T ]+(?P<h>\d\d):(?P<m>\d\d)(?::(?P<s>\d\d)"
    r"(?:[.,]\d+)?)?[ ]?(?P<off>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)
_NICK = r"[^\s<>:]+(?: [^\s<>:]+){0,3}"
_SAID = r"(?:<[@+%&~ ]?(?P<who>[^<>]{1,60})>\s*|(?P<star>\*)\s+)"

#: (form, pattern of a whole line).  The first that fits is taken.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (form, re.compile(pattern))
    for form, pattern in (
        ("syslog", rf"<\d{{1,3}}>1 {_ISO} \S+ (?P<who>\S+) \S+ \S+ (?:-|\[.*?\]) ?(?P<what>.*)"),
        ("history", rf"\s*\d+\*?\s+{_ISO}\s+(?P<what>\S.*)"),
        ("zsh", r": (?P<epoch>\d{9,11}):\d+;(?P<what>.*)"),
        ("chat", rf"\[?{_ISO}\]?\s+{_SAID}(?P<what>.*)"),
        ("weechat", rf"{_ISO}\t(?P<who>[^\t]{{0,60}})\t(?P<what>.*)"),
        ("journal", rf"{_ISO} \S+ (?P<who>[^\s:\[\]]+(?:\[\d+\])?): (?P<what>.*)"),
        ("log", rf"\[?{_ISO}\]?[\s,:-]+(?P<what>\S.*)"),
        (
            "journal",
            r"(?:<\d{1,3}>)?(?P<mon>[A-Z][a-z]{2}) +(?P<d>\d{1,2}) (?P<h>\d\d):(?P<m>\d\d):"
            r"(?P<s>\d\d)(?:\.\d+)? \S+ (?P<who>[^\s:\[\]]+(?:\[\d+\])?): (?P<what>.*)",
        ),
        (
            "export",
            rf"\[?(?P<a>\d{{1,2}})(?P<sep>[/.])(?P<b>\d{{1,2}})(?P=sep)(?P<y>\d{{4}}|\d\d),? "
            rf"{_CLOCK}\]?(?: -)? (?P<who>{_NICK}): (?P<what>.*)",
        ),
        ("chat", rf"\[{_CLOCK}\]\s+{_SAID}(?P<what>.*)"),
        ("chat", rf"{_CLOCK}\s+{_SAID}(?P<what>.*)"),
        ("slack", rf"\[{_CLOCK}\]\s+(?P<who>{_NICK}): ?(?P<what>.*)"),
        ("slack", rf"(?P<who>{_NICK})\s+\[{_CLOCK}\]\s*(?P<what>)"),
        ("slack", rf"(?P<who>\S{{1,40}}(?: \S{{1,40}}){{0,3}})  +{_CLOCK}\s*(?P<what>)"),
        ("clock", rf"\[?{_CLOCK}\]?\s+(?:[-–—]\s+)?(?P<what>\S.*)"),
    )
)
_EPOCH = re.compile(r"#(\d{9,11})")
_ALONE = re.compile(rf"\s*\[?{_CLOCK}\]?\s*")
_NICK_ALONE = re.compile(rf"{_NICK}")


def read(text: str, *, zone: tzinfo, day: date, now: datetime) -> list[PastedLine]:
    """The lines of ``text``.  Times without a zone are on the clock of ``zone``; times without a
    date are of ``day``, and go on over midnight; times without a year lie in the past of ``now``.

    What lies behind ``MOST_TEXT`` characters or ``MOST_LINES`` lines is left out.
    """
    found: list[PastedLine] = []
    clock = _Clock(zone, day, now)
    for form, when, who, what in _messages(text[:MOST_TEXT].replace("\r\n", "\n").split("\n")):
        if when is None and found:
            found[-1].what += f"\n{what}"
        elif when is None:
            found.append(PastedLine(None, "", what, "text"))
        else:
            found.append(PastedLine(clock.read(when), who, what, form))
        if len(found) > MOST_LINES:
            break
    for line in found:
        line.what = line.what.strip("\n")
    return [line for line in found if line.what.strip() or line.who][:MOST_LINES]


_Message = tuple[str, _When | None, str, str]


def _messages(lines: list[str]) -> Iterator[_Message]:
    """(form, when, who, what) of every line; without ``when`` it belongs to the one before."""
    index = 0
    while index < len(lines):
        line = lines[index].rstrip()
        index += 1
        after = lines[index].rstrip() if index < len(lines) else ""
        if match := _EPOCH.fullmatch(line.strip()):  # bash: the time stands above its command
            moment = _of_epoch(match[1])
            if moment is not None and after:
                index += 1
                yield "history", _When(moment=moment), "", after
                continue
        # Slack and Element copy the name above the time, and the words below both.
        alone = _ALONE.fullmatch(after) if after else None
        if alone and _NICK_ALONE.fullmatch(line) and (when := _clock_of(alone)):
            index += 1
            yield "slack", when, line.strip(), ""
            continue
        yield _read_line(line)


def _read_line(line: str) -> _Message:
    for form, pattern in _FORMS:
        if (match := pattern.fullmatch(line)) and (when := _when(match)):
            said = match.groupdict()
            return form, when, (said.get("who") or "").strip(), said["what"].strip()
    return "text", None, "", line


def _when(match: re.Match[str]) -> _When | None:
    said = match.groupdict()
    try:
        if said.get("epoch"):
            moment = _of_epoch(said["epoch"])
            return _When(moment=moment) if moment else None
        if said.get("mon"):
            month = _MONTHS.get(said["mon"].lower())
            clock = _clock_of(match)
            return _When(clock.clock, month=(month, int(said["d"]))) if month and clock else None
        clock = _clock_of(match)
        if clock is None or clock.clock is None:
            return None
        if said.get("a"):
            return _When(clock.clock, day=_day_of(said))
        if not said.get("y"):
            return clock
        day = date(int(said["y"]), int(said["mo"]), int(said["d"]))
        if said.get("off"):
            return _When(moment=datetime.combine(day, clock.clock, _offset(said["off"])))
        return _When(clock.clock, day=day)
    except ValueError:  # 31 February, 25 o'clock
        return None


def _clock_of(match: re.Match[str]) -> _When | None:
    said = match.groupdict()
    hour, minute, second = int(said["h"]), int(said["m"]), int(said.get("s") or 0)
    half = (said.get("ap") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 60:
        return None
    return _When(time(hour, minute, min(second, 59)))


def _day_of(said: dict[str, str]) -> date:
    """``23/11/2026``, ``23.11.26``; with a month above twelve it was written the American way."""
    first, second, year = int(said["a"]), int(said["b"]), int(said["y"])
    year += 2000 if year < 100 else 0
    american = second > 12 or (said["sep"] == "/" and bool(said.get("ap")) and first <= 12)
    return date(year, first, second) if american else date(year, second, first)


def _offset(text: str) -> tzinfo:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _of_epoch(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


class _Clock:
    """Fills in what a log leaves out of its times: the zone, the day, the year."""

    def __init__(self, zone: tzinfo, day: date, now: datetime) -> None:
        self.zone = zone
        self.day = day
        self.now = now
        self.last: datetime | None = None

    def read(self, when: _When) -> datetime | None:
        try:
            at = self._moment(when)
        except (ValueError, OverflowError):
            return None
        if at is not None:
            self.last = at
        return at

    def _moment(self, when: _When) -> datetime | None:
        if when.moment is not None:
            return when.moment.astimezone(UTC)
        assert when.clock is not None
        if when.month is not None:
            return self._of_month(when.month, when.clock)
        if when.day is not None:
            self.day = when.day
            return self._utc(when.day, when.clock)
        at = self._utc(self.day, when.clock)
        if self.last is not None and self.last - at > _OVER_MIDNIGHT:
            self.day += timedelta(days=1)
            at = self._utc(self.day, when.clock)
        return at

    def _of_month(self, month: tuple[int, int], clock: time) -> datetime:
        year = self.now.astimezone(self.zone).year
        try:
            at = self._utc(date(year, *month), clock)
        except ValueError:  # 29 February of another year
            return self._utc(date(year - 1, *month), clock)
        ahead = at > self.now + timedelta(days=1)
        return self._utc(date(year - 1, *month), clock) if ahead else at

    def _utc(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
