"""Forms of what is kept ready: runbooks, kits, spares, access and advisories."""

from typing import Any

from django import forms

from incidents.hosts.fields import HostNameField
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from kb.accounts.models import User
from kb.wiki.forms import RevisedForm, WritingWidget


class ShelfForm(RevisedForm):
    """One entry of a list; its thing is given by the page and never chosen."""

    WIDE = ("where", "elsewhere", "items", "hours", "url", "note", "comment")

    def groups(self) -> list[tuple[str, list[Any]]]:
        fields = self.visible_fields()
        short = [bound for bound in fields if bound.name not in self.WIDE]
        wide = [bound for bound in fields if bound.name in self.WIDE]
        return [("", short), ("", wide[:2]), ("", wide[2:])]

    def _post_clean(self) -> None:
        """The rule checks the entry itself, so that every door says the same."""

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in super().changes().items() if name in self.fields}


class RunbookForm(ShelfForm):
    stored_on = HostNameField(
        label="Lies on the host", help_text="One of yours, by name, if it lies on one."
    )

    class Meta:
        model = Runbook
        fields = ["title", "kind", "where", "stored_on", "elsewhere"]
        labels = {
            "kind": "What it brings about",
            "where": "Where it is written",
            "elsewhere": "It lies on no host of ours: on paper, or with somebody else",
        }
        help_texts = {"where": "An address, or the shelf it stands on."}


class KitForm(ShelfForm):
    class Meta:
        model = Kit
        fields = ["name", "items"]
        labels = {"items": "What is in it"}
        widgets = {"items": WritingWidget({"rows": 5}, markdown=False)}
        help_texts = {"items": "One thing a line: whoever checks it reads this."}


class SpareForm(ShelfForm):
    class Meta:
        model = Spare
        fields = ["part", "model", "count"]
        help_texts = {
            "part": "Drive, controller, battery, power supply …",
            "model": "As the maker prints it.",
            "count": "0 says that there should be one and is none.",
        }


class SiteAccessForm(ShelfForm):
    person = forms.ModelChoiceField(
        User.objects.none(), required=False, label="User", empty_label="nobody who signs in here"
    )

    class Meta:
        model = SiteAccess
        fields = ["person", "name", "hours"]
        labels = {"name": "Or a name", "hours": "When, and how"}
        help_texts = {
            "name": "Of somebody who does not sign in here.",
            "hours": "Such as office hours, or with the porter at any time.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True) | User.objects.filter(
            pk=self.instance.person_id
        )
        self.fields["person"].queryset = people.order_by("username")  # type: ignore[attr-defined]


class AdvisoryForm(ShelfForm):
    url = forms.URLField(
        label="Where the advisory is", required=False, max_length=500, assume_scheme="https"
    )

    class Meta:
        model = Advisory
        fields = ["what", "model", "fixed_in", "deadline_hours", "url", "note"]
        labels = {
            "what": "Of a",
            "fixed_in": "Mended in firmware",
            "deadline_hours": "Fails at so many powered hours",
        }
        help_texts = {
            "model": "As hosts report it; * stands for anything, as in VO*JFDGT.",
            "fixed_in": "Anything older is affected, such as HPG8.",
            "deadline_hours": "Where it names any, such as 32768.",
        }
        widgets = {"note": WritingWidget({"rows": 4}, markdown=False)}
