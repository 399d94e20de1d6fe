"""The form of a webhook."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.exports.models import Event, Webhook
from incidents.patterns.models import Severity


class WebhookForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="Who listens, such as the ops channel")
    url = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.URLInput,
        help_text="https://… where each event is posted as JSON",
    )
    events = forms.MultipleChoiceField(
        choices=Event.choices, widget=forms.CheckboxSelectMultiple, label="Tell it when"
    )
    least_severity = forms.ChoiceField(
        choices=Severity.choices, initial=Severity.LOW, label="Least severity"
    )
    enabled = forms.BooleanField(required=False, initial=True, label="Send to it")

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookForm":
        return cls(initial={name: getattr(webhook, name) for name in cls.base_fields})

    def blame(self, error: ValidationError) -> None:
        """Put what a rule refused where it belongs."""
        told: dict[str, Any] = (
            error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        )
        for name, words in told.items():
            self.add_error(name if name in self.fields else None, words)
