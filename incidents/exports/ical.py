"""Calendars of whole days (RFC 5545): data in, bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FOLD_AT = 75  # octets a line, its end not counted


@dataclass(frozen=True, slots=True)
class Day:
    """One whole day.  ``uid`` never changes for the same thing."""

    uid: str
    on: date
    title: str
    text: str = ""
    url: str = ""
    category: str = ""


def write(name: str, days: Iterable[Day], stamp: datetime) -> bytes:
    """The calendar; ``stamp`` is when these events were made out."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Twiceshy//Dates//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for day in days:
        lines += _event(day, f"{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def escape(text: str) -> str:
    """A value of type TEXT; control characters have no place in it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in plain if c == "\n" or (c.isprintable() or c == "\t"))
    for char in ("\\", ";", ","):
        kept = kept.replace(char, f"\\{char}")
    return kept.replace("\n", "\\n")


def fold(line: str) -> bytes:
    """The line with its end, broken at 75 octets and never within a character."""
    pieces, piece = list[bytes](), b""
    for char in line:
        octets = char.encode()
        # Every line after the first begins with a space, which counts.
        if len(piece) + len(octets) > FOLD_AT - (1 if pieces else 0):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"


def _event(day: Day, stamp: str) -> list[str]:
    said = [
        "BEGIN:VEVENT",
        f"UID:{escape(day.uid)}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape(day.title)}",
        "TRANSP:TRANSPARENT",
    ]
    if day.text:
        said.append(f"DESCRIPTION:{escape(day.text)}")
    if day.url:
        said.append(f"URL:{day.url}")
    if day.category:
        said.append(f"CATEGORIES:{escape(day.category)}")
    return [*said, "END:VEVENT"]
