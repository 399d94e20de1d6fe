"""Forms of hosts, sites, services and groups.  What they say is saved by the rules."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.hosts.fields import HostNameField, HostNamesField, MomentField
from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from kb.wiki.forms import RevisedForm, TagsField, WritingWidget

_YES_NO = [("", "not known"), ("true", "yes"), ("false", "no")]


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or nobody said so."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(
            choices=_YES_NO, coerce=lambda word: word == "true", empty_value=None, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "true", False: "false", None: ""}.get(value, value)


class HostForm(RevisedForm):
    """What people say of a host; what tools report is not edited here."""

    parent = HostNameField(label="Runs inside", help_text="The host a guest or chroot lives in.")
    important = YesNoField(
        label="Important", help_text="Somebody would be called at night. Said by a person."
    )
    stateful = YesNoField(label="Holds data", help_text="Losing its disks would lose something.")
    tags = TagsField()
    maintenance_until = MomentField(
        label="In maintenance until (UTC)", required=False, help_text="It ends by itself."
    )

    class Meta:
        model = Host
        fields = [
            "name", "kind", "parent", "environment", "role", "site", "rack", "owner",
            "criticality", "important", "stateful", "tags", "upgrade_planned_on",
            "maintenance_until", "notes",
        ]  # fmt: skip
        widgets = {
            "notes": WritingWidget,
            "environment": forms.TextInput({"list": "environments"}),
            "role": forms.TextInput({"list": "roles"}),
            "upgrade_planned_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "name": "What your inventory calls it. A chroot may be david.gentoo.",
            "environment": "Such as production or staging; peers share environment and role.",
            "role": "What it is there for: web, database, mail …",
            "upgrade_planned_on": "Recording the upgrade clears this.",
            "notes": "",
        }
        error_messages = {
            "name": {"unique": "There is a host of that name. Edit that one, or choose another."}
        }

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields in parts: (heading, bound fields)."""
        parts = [
            ("", ["name", "kind", "parent"]),
            ("Where and what for", ["environment", "role", "site", "rack", "owner"]),
            ("How much hangs on it", ["criticality", "important", "stateful", "tags"]),
            ("Plans", ["upgrade_planned_on", "maintenance_until"]),
            ("", ["notes", "comment"]),
        ]
        return [(head, [self[n] for n in names if n in self.fields]) for head, names in parts]


class _ThingForm(RevisedForm):
    """A site, service or group: its slug is made from the name and then stays."""

    def clean_name(self) -> str:
        """Two of one name would be taken for one another; a form sent twice makes one thing."""
        name = " ".join(self.cleaned_data["name"].split())
        others = self._meta.model.objects.filter(name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(f"There is {name!r} already. Edit that one, or say it otherwise.")
        return name

    def groups(self) -> list[tuple[str, list[Any]]]:
        wide = ("hosts", "members", "address", "notes", "comment")
        short = [bound for bound in self.visible_fields() if bound.name not in wide]
        return [("", short), ("", [self[name] for name in wide if name in self.fields])]


class SiteForm(_ThingForm):
    class Meta:
        model = Site
        fields = ["name", "address", "notes"]
        widgets = {
            "address": WritingWidget({"rows": 3}, markdown=False),
            "notes": WritingWidget,
        }
        help_texts = {"notes": "Access, contacts, what to pack."}


class _NamedHosts(_ThingForm):
    """A thing whose hosts are written as names."""

    hosts_field = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            hosts = getattr(self.instance, self.hosts_field)
            self.initial[self.hosts_field] = sorted(hosts.values_list("name", flat=True))

    def relations(self) -> dict[str, Any]:
        return {self.hosts_field: sorted(self.cleaned_data[self.hosts_field])}


class ServiceForm(_NamedHosts):
    hosts_field = "hosts"
    hosts = HostNamesField(label="Hosts that carry it")
    load_balanced = YesNoField(label="Load-balanced over them")

    class Meta:
        model = Service
        fields = [
            "name", "criticality", "owner", "needs_hosts", "load_balanced", "rto_minutes",
            "fine_alone", "runbook", "notes",
        ]  # fmt: skip
        labels = {
            "rto_minutes": "Must be back within (minutes)",
            "needs_hosts": "Hosts it needs to keep going",
            "fine_alone": "Running on one host is a choice, not an oversight",
        }
        help_texts = {
            "notes": "",
            "runbook": "The address of its main page; list every runbook on the service's page.",
            "fine_alone": "",
            "rto_minutes": "What was promised; timed restores are held against it.",
        }
        widgets = {"notes": WritingWidget}


class GroupForm(_NamedHosts):
    hosts_field = "members"
    members = HostNamesField(label="Members", help_text="Hosts that stand in for each other.")

    class Meta:
        model = RedundancyGroup
        fields = ["name", "kind", "min_members", "notes"]
        labels = {"min_members": "Members it needs to keep going"}
        help_texts = {"notes": ""}
        widgets = {"notes": WritingWidget}
