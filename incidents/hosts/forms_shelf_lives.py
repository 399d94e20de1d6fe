"""The form for one shelf life."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.facts.document.nodes import tree
from incidents.hosts.shelf_lives import LEAST_DAYS, MOST_DAYS, sources_in_use


class ShelfLifeForm(forms.Form):
    """A section, a source, both, or neither: then it is the life of everything else."""

    section = forms.ChoiceField(required=False)
    source = forms.CharField(
        max_length=60, required=False, help_text="Such as restic; empty for every source"
    )
    days = forms.FloatField(
        min_value=LEAST_DAYS, max_value=MOST_DAYS, help_text="Days; 0.5 is twelve hours"
    )
    because = forms.CharField(label="Why", max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "every section"), *((name, name) for name in sorted(tree()))]
        self.fields["source"].widget.attrs["list"] = "sources"

    @property
    def sources(self) -> list[str]:
        """What there is to choose from; any other name may be typed."""
        return sources_in_use()

    def blame(self, error: ValidationError) -> None:
        """Put what a rule refused where it belongs."""
        told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, words in told.items():
            self.add_error(name if name in self.fields else None, words)
