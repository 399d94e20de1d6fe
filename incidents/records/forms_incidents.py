"""Forms of incidents and their timelines.  What they say is saved by the rules."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy

from incidents.hosts.fields import HostNamesField
from incidents.patterns.models import Pattern
from incidents.records.models import (
    Factor,
    HostRole,
    Incident,
    Lesson,
    TimelineEntry,
    Visibility,
)
from incidents.records.moments import LocalMomentField, in_zone_of
from incidents.records.status import OUT
from incidents.records.times import TIMES, out_of_order, word
from incidents.records.tracked import TEXTS
from incidents.records.writing import MOST_UNCERTAIN
from kb.accounts.models import User
from kb.web.moments import zone_of
from kb.wiki.forms import RevisedForm, TagsField, WritingWidget

_TIME_HELP = {
    "started_at": "When the harm began, as far as anyone knows.",
    "detected_at": "When somebody or something noticed.",
    "acknowledged_at": "When somebody was on it.",
    "mitigated_at": "When the harm had ended.",
    "resolved_at": "When it was over.",
}
_ROLES = {role.value: f"hosts_{role.value}" for role in HostRole}
_PEOPLE = ("lead", "facilitator", "reviewer", "involved", "allowed_users")


class Writing(WritingWidget):
    """A text of a write-up; while it is written, the page says where it blames somebody."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        asked = {
            "hx-post": reverse_lazy("records:wording"),
            "hx-trigger": "input changed delay:900ms",
            "hx-include": "closest form",
            "hx-target": "#wording",
            "hx-swap": "innerHTML",
        }
        super().__init__({**asked, **(attrs or {})})


class _IncidentForm(RevisedForm):
    """What the forms of an incident share: hosts by role, times in order, on the writer's clock."""

    link_keys = {
        "services": "slug",
        "factors": "slug",
        "lessons": "slug",
        "patterns": "slug",
        "involved": "username",
        "allowed_users": "username",
        "allowed_teams": "slug",
    }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        in_zone_of(self, user.time_zone)
        # The page offers the names; a phone should not begin them with a capital letter.
        for name in self.fields.keys() & _ROLES.values():
            self.fields[name].widget.attrs |= {"list": "host-names", "autocapitalize": "none"}
        if self.instance.pk:
            links = self.instance.host_links.values_list("role", "host__name")
            for role, name in _ROLES.items():
                self.initial[name] = sorted(host for r, host in links if r == role)
        if self.instance.pk and self.instance.status in OUT:
            self.fields["comment"].label = "What do you correct, and why?"
            self.fields[
                "comment"
            ].help_text = "Others have read this: a correction of what it tells needs a few words."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        stored = {name: getattr(self.instance, name) for name in TIMES}
        given = {name: data[name] for name in TIMES if name in data}
        zone = zone_of(self.user.time_zone)
        for name, said in out_of_order(stored | given, zone).items():
            self.add_error(name if name in self.fields else None, said)
        return data

    def roles(self) -> dict[str, str]:
        """Host name → role; a host named twice has the first role it was named with."""
        found: dict[str, str] = {}
        for role, name in _ROLES.items():
            for host in self.cleaned_data.get(name, []):
                found.setdefault(host, role)
        return found

    def relations(self) -> dict[str, Any]:
        return super().relations() | {"hosts": self.roles()}

    def take(self, state: dict[str, Any]) -> None:
        super().take(state)
        for role, name in _ROLES.items():
            self.initial[name] = sorted(h for h, r in state["hosts"].items() if r == role)

    def stands_for(self, name: str) -> list[forms.BoundField]:
        if name == "hosts":
            return [self[field] for field in _ROLES.values() if field in self.fields]
        return super().stands_for(name)

    def _part(self, part: tuple[str, list[str], str]) -> tuple[str, list[Any], str]:
        heading, names, layout = part
        return heading, [self[name] for name in names if name in self.fields], layout


class NewIncidentForm(_IncidentForm):
    """Two fields are enough; the rest can wait until it is over."""

    title = forms.CharField(
        label="What happened?",
        max_length=200,
        help_text="One line, as you would say it to a colleague.",
    )
    hosts_affected = HostNamesField(
        label="Which hosts?", help_text="Names between commas. Leave it empty when unsure."
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Incident
        fields = ["title", "severity", "kind", "started_at", "detected_at", "summary"]
        field_classes = dict.fromkeys(TIMES, LocalMomentField)
        labels = {
            "summary": "In three sentences", "started_at": "Started", "detected_at": "Detected",
        }  # fmt: skip
        help_texts = {"summary": ""} | _TIME_HELP
        widgets = {"summary": WritingWidget}

    field_order = ["title", "hosts_affected", "severity", "kind", "started_at", "detected_at"]


class LightIncidentForm(_IncidentForm):
    """Five minutes: what most readers read, and what the durations are counted from."""

    hosts_affected = HostNamesField(label="Hosts affected")

    class Meta:
        model = Incident
        fields = ["title", "severity", "summary", "impact", "started_at", "resolved_at", "factors"]
        field_classes = dict.fromkeys(TIMES, LocalMomentField)
        labels = {
            "summary": "In three sentences", "factors": "Contributing factors",
            "started_at": "Started", "resolved_at": "Resolved",
        }  # fmt: skip
        help_texts = {
            "summary": "",
            "impact": "Who could not do what, and for how long.",
            "factors": "Several may have contributed; none is the root.",
        } | _TIME_HELP
        widgets = {"summary": Writing, "impact": Writing, "factors": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_factors(self)

    def groups(self) -> list[tuple[str, list[Any], str]]:
        return [
            self._part(("", ["title", "severity", "hosts_affected"], "")),
            self._part(("What happened", ["summary", "impact"], "")),
            self._part(("When", ["started_at", "resolved_at"], "fields")),
            self._part(("Looking back", ["factors"], "")),
            self._part(("This change", ["comment"], "")),
        ]

    def roles(self) -> dict[str, str]:
        """The affected ones as written here; whoever contributed or helped stays."""
        kept = self.instance.host_links.exclude(role=HostRole.AFFECTED)
        return super().roles() | dict(kept.values_list("host__name", "role"))


class IncidentForm(_IncidentForm):
    """The whole write-up."""

    hosts_affected = HostNamesField(label="Hosts affected")
    hosts_contributed = HostNamesField(label="Hosts that contributed")
    hosts_helped = HostNamesField(label="Hosts that helped")
    tags = TagsField()

    class Meta:
        model = Incident
        fields = [
            "title", "severity", "kind", "lead", "facilitator", "reviewer", "involved", "summary",
            "impact", *TIMES, "trigger", "detection", "body", "helped", "hindered", "lucky",
            "surprise", "recovery", "open_questions", "factors", "services", "lessons", "patterns",
            "tags", "visibility", "allowed_users", "allowed_teams",
        ]  # fmt: skip
        field_classes = dict.fromkeys(TIMES, LocalMomentField)
        labels = {
            "summary": "In three sentences",
            "trigger": "What set it off",
            "detection": "How it was noticed",
            "body": "The story",
            "helped": "What helped",
            "hindered": "What hindered",
            "lucky": "Where we were lucky",
            "surprise": "Why it surprised us",
            "recovery": "Recovery",
            "open_questions": "Open questions",
            "factors": "Contributing factors",
            "lead": "Who led the response",
            "facilitator": "Who leads the looking back",
            "reviewer": "Who reads it before it goes out",
            "involved": "Who else was there",
            "visibility": "Who may see it",
            "allowed_users": "People who may see it",
            "allowed_teams": "Teams that may see it",
        } | {name: word(name).capitalize() for name in TIMES}
        help_texts = {
            "summary": "",
            "impact": "Who could not do what, and for how long.",
            "trigger": "The event itself, apart from what made it possible.",
            "detection": "An alarm, a customer, or luck?",
            "recovery": "Which backup or fallback worked, and when it had last been tested.",
            "factors": "Several may have contributed; none is the root.",
            "lessons": "Lessons that this incident taught.",
            "patterns": "Patterns that would have warned, or now do.",
            "visibility": "A restricted incident feeds no pattern and no mail to others; everybody "
            "who has a part in it sees it.",
        } | _TIME_HELP
        widgets = dict.fromkeys(TEXTS, Writing) | {
            "body": Writing({"class": "tall"}),
            "factors": forms.CheckboxSelectMultiple,
        }  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        for name in TIMES:
            self._add_source(word(name))
        self._offer(Lesson.objects.visible_to(user), "lessons")
        self._offer(Pattern.objects.visible_to(user), "patterns")
        offer_factors(self)
        for name in _PEOPLE:
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = (
                User.objects.filter(is_active=True).only("username").order_by("username")
            )

    def _add_source(self, name: str) -> None:
        self.fields[f"source_{name}"] = forms.CharField(
            label=f"Where “{name}” comes from",
            max_length=200,
            required=False,
            initial=(self.instance.time_sources or {}).get(name, ""),
        )
        self.fields[f"uncertain_{name}"] = forms.IntegerField(
            label=f"“{name.capitalize()}” may be off by, in minutes",
            min_value=1,
            max_value=MOST_UNCERTAIN,
            required=False,
            initial=(self.instance.time_uncertainty or {}).get(name),
        )

    def _offer(self, rows: QuerySet[Any], name: str) -> None:
        # What a list of choices shows is the title: the rest of a row stays in the database.
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        chosen.queryset = rows.only("slug", "title").order_by("title")

    def groups(self) -> list[tuple[str, list[Any], str]]:
        """The fields in the parts of a write-up: (heading, bound fields, layout)."""
        parts = [
            ("", ["title", "severity", "kind"], ""),
            ("What happened", ["summary", "impact"], ""),
            ("Hosts and services", [*_ROLES.values(), "services"], "fields"),
            ("The five times", [field for name in TIMES for field in (
                name, f"source_{word(name)}", f"uncertain_{word(name)}")], "fields three"),
            ("The story", ["trigger", "detection", "body"], ""),
            ("Looking back", ["factors", "helped", "hindered", "lucky", "surprise", "recovery",
                              "open_questions"], ""),
            ("What it taught", ["lessons", "patterns", "tags"], "fields"),
            ("People", ["lead", "facilitator", "reviewer", "involved"], "fields"),
            ("Who may see it", ["visibility", "allowed_users", "allowed_teams"], "fields"),
            ("This change", ["comment"], ""),
        ]  # fmt: skip
        return [self._part(part) for part in parts]

    def changes(self) -> dict[str, Any]:
        said = {
            column: {
                word(name): value
                for name in TIMES
                if (value := self.cleaned_data.get(f"{prefix}_{word(name)}"))
            }
            for column, prefix in _ABOUT_TIMES.items()
        }
        return super().changes() | said

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("visibility") == Visibility.EVERYONE:
            # Names without a restriction say nothing; kept, they would surprise later.
            data["allowed_users"] = data["allowed_teams"] = []
        return data

    def take(self, state: dict[str, Any]) -> None:
        super().take(state)
        for column, prefix in _ABOUT_TIMES.items():
            for name in TIMES:
                self.initial[f"{prefix}_{word(name)}"] = state[column].get(word(name), "")

    def stands_for(self, name: str) -> list[forms.BoundField]:
        if prefix := _ABOUT_TIMES.get(name):
            return [self[f"{prefix}_{word(time)}"] for time in TIMES]
        return super().stands_for(name)


#: Column with something about each time → what its fields are called.
_ABOUT_TIMES = {"time_sources": "source", "time_uncertainty": "uncertain"}


def offer_factors(form: forms.BaseForm) -> None:
    """The factors that are offered, and those that this incident names already."""
    chosen = form.fields["factors"]
    assert isinstance(chosen, forms.ModelMultipleChoiceField)
    incident = getattr(form, "instance", None)
    offered = Q(retired=False)
    if incident is not None and incident.pk:
        offered |= Q(pk__in=incident.factors.values("pk"))
    chosen.queryset = Factor.objects.filter(offered)


class TimelineForm(RevisedForm):
    """One line of a timeline; a new one without a time is of this moment."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    after = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = TimelineEntry
        fields = ["at", "what", "evidence", "kind"]
        field_classes = {"at": LocalMomentField}
        labels = {"at": "When", "what": "What happened", "evidence": "How we know"}
        help_texts = {
            "at": "Empty means now.",
            "evidence": "A log line, an address, a graph; or who says so.",
        }
        widgets = {
            "what": forms.Textarea(attrs={"rows": 2}),
            "evidence": forms.Textarea(attrs={"rows": 1}),
            "kind": forms.RadioSelect,
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        in_zone_of(self, user.time_zone)
        self.fields["at"].required = bool(self.instance.pk)
        if self.instance.pk:
            self.fields["at"].help_text = ""
            del self.fields["key"], self.fields["after"]
            if self.instance.incident.status not in OUT:
                del self.fields["comment"]
            else:
                self.fields["comment"].label = "What do you correct, and why?"


class FactorForm(forms.ModelForm):
    """One kind of contributing factor."""

    class Meta:
        model = Factor
        fields = ["name", "about", "retired"]
        labels = {
            "name": "What it is called",
            "about": "What belongs here",
            "retired": "No longer offer it",
        }
        help_texts = {"name": "A word or two; after a colon, what it means."}
        widgets = {"about": forms.Textarea(attrs={"rows": 2})}
