"""Form fields that people fill with names and moments."""

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.hosts.names import hosts_by_name


class MomentInput(forms.DateTimeInput):
    """The browser's date and time picker; seconds are shown only where there are any."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return local.isoformat(timespec="seconds" if local.second else "minutes")[:19]
        return super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"].setdefault("step", "any")
        return context


class MomentField(forms.DateTimeField):
    """A moment in UTC, or nothing."""

    widget = MomentInput

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and timezone.is_aware(value):
            return timezone.localtime(value).replace(tzinfo=None)
        return value


class HostNamesField(forms.CharField):
    """Host names between commas or spaces; a list of known names in Python."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "Names between commas.")
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        words = str(value or "").replace(",", " ").split()
        names = list(dict.fromkeys(word.removeprefix("@") for word in words))
        known = hosts_by_name(names)
        return list(dict.fromkeys(known[n].name if n in known else n for n in names))

    def validate(self, value: Any) -> None:
        super().validate(value)
        there = set(Host.objects.filter(name__in=value).values_list("name", flat=True))
        wrong = [name for name in value if name not in there]
        if wrong:
            raise ValidationError([unknown_host(name) for name in wrong])

    def run_validators(self, value: Any) -> None:
        pass


class HostNameField(forms.CharField):
    """One host by its name, or nothing; the host itself in Python."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("list", "host-names")
        self.widget.attrs.setdefault("autocomplete", "off")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return Host.objects.filter(pk=value).values_list("name", flat=True).first() or ""
        return value.name if isinstance(value, Host) else value

    def to_python(self, value: Any) -> Any:
        name = str(value or "").strip().removeprefix("@")
        if not name:
            return None
        host = hosts_by_name([name]).get(name)
        if host is None:
            raise ValidationError(unknown_host(name))
        return host

    def run_validators(self, value: Any) -> None:
        pass


def unknown_host(name: str, known: Iterable[str] | None = None) -> str:
    """That there is no such host, and which one may have been meant."""
    names = Host.objects.values_list("name", flat=True) if known is None else known
    close = get_close_matches(name, names, n=3)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"There is no host {name!r}.{meant}"
