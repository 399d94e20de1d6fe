"""The form of an upload."""

from typing import Any

from django import forms

from incidents.facts.errors import FactsError
from incidents.facts.readers import FORMATS, check_host
from incidents.facts.readers.report import check_source


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(one, initial) for one in data or ()]


class UploadForm(forms.Form):
    chosen = FilesField(required=False, label="Files", help_text="One or several, of any format.")
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or paste it here",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="What the tool printed.",
    )
    host = forms.CharField(
        required=False,
        label="About which host",
        help_text="Only where the report does not say it, such as /proc/mdstat.",
    )
    format = forms.ChoiceField(
        label="Format",
        initial="auto",
        choices=[("auto", "Find out"), *((name, name) for name in sorted(FORMATS))],
    )
    source = forms.CharField(
        required=False,
        label="Called",
        help_text="Who says it; if empty, the format's name. Two repositories need two names.",
    )

    def clean_host(self) -> str | None:
        return self._checked("host", check_host)

    def clean_source(self) -> str | None:
        return self._checked("source", check_source)

    def _checked(self, name: str, check: Any) -> str | None:
        said = self.cleaned_data[name].strip()
        try:
            return check(said) if said else None
        except FactsError as error:
            raise forms.ValidationError(error.errors[0][1]) from None

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and not said.get("chosen") and not (said.get("text") or "").strip():
            raise forms.ValidationError("Choose a file, or paste what the tool printed.")
        return said

    def bodies(self) -> list[tuple[str, bytes]]:
        """(name, content) of everything that was sent."""
        found = [(file.name, file.read()) for file in self.cleaned_data["chosen"]]
        pasted = self.cleaned_data["text"]
        return [*found, *([("", pasted.encode())] if pasted.strip() else ())]
