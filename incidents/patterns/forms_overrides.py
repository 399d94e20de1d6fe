"""The form for another value of a threshold."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.patterns.models import Scope


class OverrideForm(forms.Form):
    """``own`` are the pattern's thresholds: name → value."""

    threshold = forms.ChoiceField()
    value = forms.CharField(
        max_length=2000, help_text="As in the pattern: 30, true, a word, [1, 2]"
    )
    scope = forms.ChoiceField(label="Where", choices=Scope.choices, initial=Scope.ENVIRONMENT)
    scope_value = forms.CharField(
        label="Which environment or tag",
        max_length=60,
        required=False,
        help_text="Not for everywhere",
    )
    priority = forms.IntegerField(
        min_value=0,
        max_value=1000,
        initial=0,
        required=False,
        help_text="Of two tags on one host the higher counts",
    )
    because = forms.CharField(label="Why", max_length=300)

    def __init__(self, own: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        choices = [(name, f"{name} ({json.dumps(value)})") for name, value in own.items()]
        field = self.fields["threshold"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_value(self) -> Any:
        """The value as JSON; a text may be written without its quotes."""
        text = self.cleaned_data["value"].strip()
        if isinstance(self.own.get(self.data.get("threshold", "")), str):
            return text.strip(chr(34))
        try:
            return json.loads(text)
        except ValueError:
            return text

    def said(self) -> dict[str, Any]:
        """The arguments of ``overriding.put``."""
        return {**self.cleaned_data, "priority": self.cleaned_data["priority"] or 0}

    def blame(self, error: ValidationError) -> None:
        """Put what a rule refused where it belongs."""
        told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, words in told.items():
            self.add_error(name if name in self.fields else None, words)
