"""A field for a moment, written on the clock of the person who writes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from incidents.hosts.fields import MomentInput
from kb.web.moments import NoSuchTime, TwoSuchTimes, to_utc, zone_of


@dataclass(frozen=True, slots=True)
class Typed:
    """What arrived: the time as written, whose clock, which of two, and what the field showed."""

    text: str
    zone: str = ""
    second: bool | None = None
    shown: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


class LocalMomentInput(MomentInput):
    """The browser's picker, on the writer's clock; it says whose clock that is.

    A script may turn UTC into the browser's own zone where a person has chosen none; the field
    sends along which zone it stands in.
    """

    zone = "UTC"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        which = data.get(f"{name}_which", "")
        return Typed(
            (data.get(name) or "").strip(),
            data.get(f"{name}_zone", ""),
            {"first": False, "second": True}.get(which),
            data.get(f"{name}_shown", ""),
        )

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        typed = value if isinstance(value, Typed) else None
        zone = zone_of(typed.zone if typed else self.zone, self.zone)
        moment = value if isinstance(value, datetime) else None
        text = typed.text if typed else _on_clock(moment, zone) if moment else value
        attrs = {**(attrs or {}), "data-moment": ""}
        return SafeString(
            render_to_string(
                "records/_moment.html",
                {
                    "input": super().render(name, text, attrs, renderer),
                    "name": name,
                    "zone": zone.key,
                    "shown": typed.shown if typed else _iso(moment),
                    "two": _two(typed, zone) if typed else None,
                    "second": typed.second if typed else None,
                },
            )
        )


class LocalMomentField(forms.Field):
    """A moment in UTC, or nothing; ``zone`` is the writer's, by its name."""

    widget = LocalMomentInput
    zone = "UTC"

    def in_zone(self, zone: str) -> None:
        self.zone = self.widget.zone = zone

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, datetime):
            return value
        typed = value if isinstance(value, Typed) else Typed(str(value or "").strip())
        if not typed.text:
            return None
        zone = zone_of(typed.zone or self.zone, self.zone)
        if (kept := _untouched(typed, zone)) is not None:
            return kept
        try:
            return to_utc(_read(typed.text), zone, second=typed.second)
        except (NoSuchTime, TwoSuchTimes) as error:
            raise ValidationError(str(error)) from None

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")


def _read(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError("Write the time as 2026-11-23 09:05.") from None
    if not 1970 <= at.year <= 2200:
        raise ValidationError("Is the year right?")
    return at.replace(microsecond=0)


def _untouched(typed: Typed, zone: ZoneInfo) -> datetime | None:
    """The moment that the field showed, where it still says the same: with its seconds, and of
    two such times the one it was."""
    try:
        shown = datetime.fromisoformat(typed.shown) if typed.shown else None
    except ValueError:
        return None
    if shown is None or shown.tzinfo is None:
        return None
    return shown.astimezone(UTC) if _on_clock(shown, zone) == typed.text else None


def _on_clock(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def _two(typed: Typed, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The two moments that one time on the clock may mean."""
    try:
        to_utc(datetime.fromisoformat(typed.text), zone)
    except TwoSuchTimes as error:
        return error.first, error.second
    except ValueError:
        return None
    return None


def in_zone_of(form: forms.BaseForm, zone: str) -> None:
    """Let every moment of a form be read and shown on one clock."""
    for field in form.fields.values():
        if isinstance(field, LocalMomentField):
            field.in_zone(zone)
