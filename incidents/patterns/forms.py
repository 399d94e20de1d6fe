"""Forms of this room."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from incidents.patterns.models import FlagState, Severity
from kb.accounts.models import Role, User

STATES = [
    (FlagState.OPEN, "open"),
    (FlagState.ACKNOWLEDGED, "someone is on it"),
    (FlagState.ACCEPTED, "accepted for now"),
    (FlagState.PENDING, "within its grace"),
    (FlagState.RESOLVED, "resolved by facts"),
    (FlagState.CLOSED, "closed"),
]


class PatternForm(forms.Form):
    """A pattern as YAML.  ``version`` is the one the writer started from."""

    yaml = forms.CharField(
        label="The pattern",
        max_length=64 * 1024,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 32,
                "spellcheck": "false",
                "class": "mono",
                "autocapitalize": "off",
                "data-complete": "/patterns/names/",
            }
        ),
        help_text="YAML. Its examples are tests: each must hold before it can be saved.",
    )
    comment = forms.CharField(
        label="Why this change", max_length=300, required=False, help_text="Kept with the version."
    )
    host = forms.CharField(
        label="A host to take an example from",
        max_length=253,
        required=False,
        help_text="Its facts, cut down to what the pattern reads, without names and serials.",
    )
    unseen = forms.BooleanField(
        label="Save without looking",
        required=False,
        help_text="Otherwise it is asked of the whole fleet first, and you see what it would say.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AcceptForm(forms.Form):
    """A waiver: until when, and why."""

    until = forms.DateField(
        label="Accept until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="To the end of that day, UTC, at most a year ahead. Then it comes back.",
    )
    because = forms.CharField(
        label="Why this is acceptable",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever reads it next will ask.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.now().date()
        widget = self.fields["until"].widget
        widget.attrs |= {"min": str(today), "max": str(today + timedelta(days=365))}

    def clean_until(self) -> datetime:
        """The end of that day, in UTC."""
        return end_of(self.cleaned_data["until"])


class AssignForm(forms.Form):
    """Who takes care of it."""

    to = forms.ModelChoiceField(
        label="Given to",
        queryset=User.objects.none(),
        required=False,
        empty_label="nobody in particular",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _writers()


def _writers() -> QuerySet[User]:
    writers = User.objects.filter(is_active=True, role__in=(Role.RESPONDER, Role.ADMIN))
    return writers.order_by("username")


def end_of(day: date) -> datetime:
    """The last second of a day, UTC: which day that is, the forms say."""
    return datetime.combine(day, time(23, 59, 59), UTC)


class BulkForm(forms.Form):
    """One act on many flags; ``what()`` is what it needs to know."""

    ACTS = (
        ("acknowledge", "Acknowledge"),
        ("accept", "Accept until"),
        ("assign", "Give to"),
        ("reopen", "Open again"),
    )

    act = forms.ChoiceField(label="With these", choices=ACTS)
    until = forms.DateField(
        label="until", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    because = forms.CharField(
        label="because", required=False, max_length=2000, widget=forms.TextInput()
    )
    to = forms.ModelChoiceField(
        label="to", queryset=User.objects.none(), required=False, empty_label="nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _writers()

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("act") == "accept":
            if not said.get("until"):
                self.add_error("until", "Say until when the risk is accepted, at most a year.")
            if not (said.get("because") or "").strip():
                self.add_error("because", "Say why this is acceptable; whoever reads it will ask.")
        return said

    def what(self) -> dict[str, Any]:
        """Keywords of the act."""
        said = self.cleaned_data
        if said["act"] == "accept":
            return {"until": end_of(said["until"]), "because": said["because"]}
        if said["act"] == "assign":
            return {"to": said["to"]}
        return {"because": said["because"]} if said["act"] == "reopen" else {}


class TriageForm(forms.Form):
    """The filters of the triage page, all optional; they live in the address."""

    host = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))
    pattern = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))
    severity = forms.ChoiceField(required=False, choices=[("", "any"), *Severity.choices])
    state = forms.ChoiceField(required=False, choices=[("", "open or in hand"), *STATES])
    assigned_to = forms.CharField(
        label="Given to", required=False, widget=forms.TextInput(attrs={"list": "holders"})
    )
    sort = forms.ChoiceField(label="Order", required=False, choices=[
        ("", "greatest risk"), ("newest", "newest"), ("oldest", "oldest"),
        ("changed", "last moved"), ("host", "host"), ("pattern", "pattern"),
        ("ends", "waiver ends"),
    ])  # fmt: skip

    #: Further filters: shown once they are used, and in a fold.
    MORE = (
        "environment", "role", "site", "owner", "tag", "lesson", "opened_after", "opened_before",
        "ends_before", "flapping", "unsure",
    )  # fmt: skip

    def more(self) -> list[tuple[str, str, str]]:
        """(name, words, value) of the further filters."""
        words = {"owner": "team", "opened_after": "opened since", "opened_before": "opened before",
                 "ends_before": "waiver ends before", "unsure": "facts gone since",
                 "flapping": "turns often"}  # fmt: skip
        return [(name, words.get(name, name), self.data.get(name, "")) for name in self.MORE]

    def used(self) -> bool:
        """Whether any of the further filters is in force."""
        return any(value for _, _, value in self.more())
