"""Forms of this room."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
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
            attrs={"rows": 32, "spellcheck": "false", "class": "mono", "autocapitalize": "off"}
        ),
        help_text="YAML. Its examples are tests: each must hold before it can be saved.",
    )
    comment = forms.CharField(
        label="Why this change", max_length=300, required=False, help_text="Kept with the version."
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AcceptForm(forms.Form):
    """A waiver: until when, and why."""

    until = forms.DateField(
        label="Accept until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="At most a year ahead. Then the flag comes back by itself.",
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
        return datetime.combine(self.cleaned_data["until"], time(23, 59, 59), UTC)


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
        writers = User.objects.filter(is_active=True, role__in=(Role.RESPONDER, Role.ADMIN))
        field.queryset = writers.order_by("username")


class TriageForm(forms.Form):
    """The filters of the triage page, all optional; they live in the address."""

    host = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))
    pattern = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))
    severity = forms.ChoiceField(required=False, choices=[("", "any"), *Severity.choices])
    state = forms.ChoiceField(required=False, choices=[("", "open or in hand"), *STATES])
