"""The form of upkeep: how it went, the kind's own question, a note; the rest in a fold."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.hosts.fields import MomentField
from incidents.hosts.kinds import Kind, Subject, named

DRILLS = [
    ("planned-stop", "Planned, a clean stop"),
    ("planned-fault", "Planned, a partial fault"),
    ("real-stop", "Real, all of it stopped"),
    ("real-fault", "Real, a partial fault"),
    ("", "Not said"),
]


class UpkeepForm(forms.Form):
    """What no tool reports, in seconds.  Its key makes one record of a form that is sent twice."""

    kind = forms.CharField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    result = forms.ChoiceField(label="How it went", widget=forms.RadioSelect)
    took_minutes = forms.FloatField(required=False, min_value=0, max_value=10_000_000)
    drill = forms.ChoiceField(choices=DRILLS, required=False)
    detail = forms.CharField(required=False, max_length=200)
    note = forms.CharField(
        label="What should the next person know?",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
    happened_at = MomentField(label="When (UTC)", required=False, help_text="Now, if left empty.")
    evidence_url = forms.URLField(
        label="Evidence",
        required=False,
        assume_scheme="https",
        help_text="The address of a log, a ticket, a picture.",
    )

    def __init__(self, *args: Any, subject: Subject, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = kind
        self.initial.update(kind=kind.kind.value, key=uuid.uuid4().hex, result="ok")
        self.fields["result"].choices = kind.results  # type: ignore[attr-defined]
        for name, own in (("took_minutes", "took"), ("drill", "drill"), ("detail", "which")):
            if kind.own == own:
                self.fields[name].label, self.fields[name].help_text = kind.asks, kind.hint
            elif name != "detail":
                del self.fields[name]
        if kind.own != "which":
            self.fields["detail"].label = "Which one"
            self.fields["detail"].help_text = "A backup job, a cause, whatever tells them apart."
        if names := named(subject, kind.kind):
            choices = [("", "All of them"), *((name, name) for name in names)]
            self.fields["detail"].widget = forms.Select(choices=choices)

    def first(self) -> list[forms.BoundField]:
        """The three fields that everybody sees."""
        own = {"took": "took_minutes", "drill": "drill", "which": "detail"}[self.about.own]
        return [self["result"], self[own], self["note"]]

    def folded(self) -> list[forms.BoundField]:
        """The rest, most often left alone."""
        rest = ["happened_at", "evidence_url"]
        return [self[name] for name in (rest if self.about.own == "which" else ["detail", *rest])]

    @property
    def unfold(self) -> bool:
        """Whether a mistake or a word stands in the fold."""
        return any(bound.errors or bound.data for bound in self.folded())

    def said(self) -> dict[str, Any]:
        """The words for ``upkeep.record``."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "drill"}
        del said["kind"]
        how = self.cleaned_data.get("drill", "")
        if how:
            planned, _, what = how.partition("-")
            said |= {"planned": planned == "planned", "partial_fault": what == "fault"}
        return said

    def blame(self, error: ValidationError) -> None:
        """A rule said no: show it at the field it names, or at the top."""
        for name, problems in error.message_dict.items():
            self.add_error(name if name in self.fields else None, problems)
