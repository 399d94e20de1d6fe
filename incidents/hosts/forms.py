"""Forms of the register: hosts, sites, services, groups, and a record of upkeep."""

from typing import Any

from django import forms

from incidents.hosts.models import RESULTS, Host, RedundancyGroup, Service, Site, UpkeepKind
from kb.wiki.forms import RevisedForm, TagsField, WritingWidget

UNSAID = [("", "nobody has said"), ("true", "yes"), ("false", "no")]


def _yes_no(label: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=UNSAID,
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
        label=label,
        help_text=help_text,
    )


def _said(form: forms.BaseForm, *names: str) -> None:
    """Show a true, false or unsaid column as the words of its choices."""
    for name in names:
        value = form.initial.get(name)
        form.initial[name] = "" if value is None else str(value).lower()


class HostForm(RevisedForm):
    important = _yes_no("Important", "Or say how critical it is; services on it count too.")
    stateful = _yes_no("Keeps data", "Left open, its role decides.")
    tags = TagsField()

    class Meta:
        model = Host
        fields = [
            "name", "kind", "parent", "environment", "role", "criticality", "important", "stateful",
            "site", "rack", "owner", "tags", "notes",
        ]  # fmt: skip
        widgets = {"notes": WritingWidget()}
        labels = {"parent": "Runs inside", "owner": "Owned by"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _said(self, "important", "stateful")
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = Host.objects.exclude(pk=self.instance.pk).only("name")


class SiteForm(RevisedForm):
    class Meta:
        model = Site
        fields = ["name", "slug", "address", "notes"]
        widgets = {"notes": WritingWidget(), "address": WritingWidget(markdown=False)}
        help_texts = {"slug": "Its name in addresses: letters, digits and dashes."}


class ServiceForm(RevisedForm):
    load_balanced = _yes_no("Load is spread over its hosts")
    hosts = forms.ModelMultipleChoiceField(Host.objects.only("name"), required=False)
    link_keys = {"hosts": "name"}

    class Meta:
        model = Service
        fields = [
            "name", "slug", "criticality", "owner", "hosts", "needs_hosts", "load_balanced",
            "fine_alone", "runbook", "notes",
        ]  # fmt: skip
        widgets = {"notes": WritingWidget()}
        labels = {"needs_hosts": "Hosts it needs", "fine_alone": "One host is enough, on purpose"}
        help_texts = {"slug": "Its name in addresses.", "runbook": "Address of its runbook."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _said(self, "load_balanced")


class GroupForm(RevisedForm):
    members = forms.ModelMultipleChoiceField(Host.objects.only("name"), required=False)
    link_keys = {"members": "name"}

    class Meta:
        model = RedundancyGroup
        fields = ["name", "slug", "kind", "members", "min_members", "notes"]
        widgets = {"notes": WritingWidget()}
        labels = {"min_members": "Members that must be up"}
        help_texts = {"slug": "Its name in addresses."}


class UpkeepForm(forms.Form):
    """Three fields; now and "worked" are filled in."""

    kind = forms.ChoiceField(choices=UpkeepKind.choices, label="What was done")
    result = forms.ChoiceField(choices=RESULTS, label="How it went")
    note = forms.CharField(required=False, max_length=2000, label="A word on it")
