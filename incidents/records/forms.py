"""Forms of incidents, timelines, lessons and actions.  What they say is saved by the rules."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from incidents.hosts.fields import HostNamesField, MomentField, MomentInput
from incidents.patterns.models import Pattern
from incidents.records.models import (
    Action,
    HostRole,
    Incident,
    Lesson,
    TimelineEntry,
    VerifyScope,
    Visibility,
)
from incidents.records.times import TIMES, out_of_order, word
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.wiki.forms import RevisedForm, TagsField, WritingWidget

_LINKS = "Markdown. @robert links a host, #12 an incident, [[ a page."
_TIME_HELP = {
    "started_at": "When the harm began, as far as anyone knows. UTC.",
    "detected_at": "When somebody or something noticed.",
    "acknowledged_at": "When somebody was on it.",
    "mitigated_at": "When the harm had ended.",
    "resolved_at": "When it was over.",
}
_ROLES = {role.value: f"hosts_{role.value}" for role in HostRole}


class _IncidentForm(RevisedForm):
    """What the short and the long form share: hosts by role, times in order."""

    link_keys = {
        "services": "slug",
        "factors": "slug",
        "lessons": "slug",
        "patterns": "slug",
        "allowed_users": "username",
        "allowed_teams": "slug",
    }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        # The page offers the names; a phone should not begin them with a capital letter.
        for name in self.fields.keys() & _ROLES.values():
            self.fields[name].widget.attrs |= {"list": "host-names", "autocapitalize": "none"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        times = {name: data.get(name) for name in TIMES}
        for name, said in out_of_order(times).items():
            self.add_error(name, said)
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
    started_at = MomentField(label="Started", required=False, help_text=_TIME_HELP["started_at"])
    detected_at = MomentField(label="Detected", required=False, help_text=_TIME_HELP["detected_at"])

    class Meta:
        model = Incident
        fields = ["title", "severity", "kind", "started_at", "detected_at", "summary"]
        labels = {"summary": "In three sentences"}
        help_texts = {"summary": _LINKS}
        widgets = {"summary": WritingWidget}

    field_order = ["title", "hosts_affected", "severity", "kind", "started_at", "detected_at"]


class IncidentForm(_IncidentForm):
    """The whole write-up."""

    hosts_affected = HostNamesField(label="Hosts affected")
    hosts_contributed = HostNamesField(label="Hosts that contributed")
    hosts_helped = HostNamesField(label="Hosts that helped")
    tags = TagsField()

    class Meta:
        model = Incident
        fields = [
            "title", "severity", "kind", "lead", "summary", "impact",
            *TIMES, "trigger", "detection", "body", "helped", "hindered", "lucky", "surprise",
            "recovery", "open_questions", "factors", "services", "lessons", "patterns",
            "tags", "visibility", "allowed_users", "allowed_teams",
        ]  # fmt: skip
        field_classes = dict.fromkeys(TIMES, MomentField)
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
            "visibility": "Who may see it",
            "allowed_users": "People who may see it",
            "allowed_teams": "Teams that may see it",
        } | {name: word(name).capitalize() for name in TIMES}
        help_texts = {
            "summary": _LINKS,
            "impact": "Who could not do what, and for how long.",
            "recovery": "Which backup or fallback worked, and when it had last been tested.",
            "factors": "Several may have contributed; none is the root.",
            "lessons": "Lessons that this incident taught.",
            "patterns": "Patterns that would have warned, or now do.",
            "visibility": "A restricted incident feeds no pattern and no mail to others.",
        } | _TIME_HELP
        widgets = dict.fromkeys(TEXTS, WritingWidget) | {
            "body": WritingWidget({"class": "tall"}),
            "factors": forms.CheckboxSelectMultiple,
        } | dict.fromkeys(TIMES, MomentInput)  # fmt: skip

    field_order = [
        "title", "severity", "kind", "lead", "hosts_affected", "hosts_contributed", "hosts_helped",
        "services", "summary", "impact",
    ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        for name in TIMES:
            self.fields[_source(name)] = forms.CharField(
                label=f"Where “{word(name)}” comes from",
                max_length=200,
                required=False,
                initial=(self.instance.time_sources or {}).get(word(name), ""),
            )
        if self.instance.pk:
            links = self.instance.host_links.values_list("role", "host__name")
            for role, name in _ROLES.items():
                self.initial[name] = sorted(host for r, host in links if r == role)
        self._offer(Lesson.objects.visible_to(user), "lessons")
        self._offer(Pattern.objects.visible_to(user), "patterns")

    def _offer(self, rows: QuerySet[Any], name: str) -> None:
        # What a list of choices shows is the title: the rest of a row stays in the database.
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        chosen.queryset = rows.only("slug", "title").order_by("title")

    def groups(self) -> list[tuple[str, list[Any], str]]:
        """The fields in the parts of a write-up: (heading, bound fields, layout)."""
        times = [self[name] for name in TIMES]
        sources = [self[_source(name)] for name in TIMES]
        parts = [
            ("", ["title", "severity", "kind", "lead"], ""),
            ("What happened", ["summary", "impact"], ""),
            ("Hosts and services", [*_ROLES.values(), "services"], "fields"),
        ]
        after = [
            ("The story", ["trigger", "detection", "body"], ""),
            ("Looking back", ["factors", "helped", "hindered", "lucky", "surprise", "recovery",
                              "open_questions"], ""),
            ("What it taught", ["lessons", "patterns", "tags"], "fields"),
            ("Who may see it", ["visibility", "allowed_users", "allowed_teams"], "fields"),
            ("This change", ["comment"], ""),
        ]  # fmt: skip
        timed = [
            ("The five times, in UTC", times, "fields"),
            ("Where they come from", sources, "fields"),
        ]
        return [*map(self._part, parts), *timed, *map(self._part, after)]

    def _part(self, part: tuple[str, list[str], str]) -> tuple[str, list[Any], str]:
        heading, names, layout = part
        return heading, [self[name] for name in names if name in self.fields], layout

    def changes(self) -> dict[str, Any]:
        said = {word(name): self.cleaned_data.get(_source(name), "") for name in TIMES}
        sources = {name: source for name, source in said.items() if source}
        return super().changes() | {"time_sources": sources}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("visibility") == Visibility.EVERYONE:
            # Names without a restriction say nothing; kept, they would surprise later.
            data["allowed_users"] = data["allowed_teams"] = []
        return data

    def take(self, state: dict[str, Any]) -> None:
        super().take(state)
        for role, name in _ROLES.items():
            self.initial[name] = sorted(h for h, r in state["hosts"].items() if r == role)
        for name in TIMES:
            self.initial[_source(name)] = state["time_sources"].get(word(name), "")

    def stands_for(self, name: str) -> list[forms.BoundField]:
        if name == "hosts":
            return [self[field] for field in _ROLES.values()]
        if name == "time_sources":
            return [self[_source(time)] for time in TIMES]
        return super().stands_for(name)


def _source(name: str) -> str:
    return f"source_{word(name)}"


class TimelineForm(RevisedForm):
    """One line of a timeline."""

    at = MomentField(label="When", help_text="UTC.")

    class Meta:
        model = TimelineEntry
        fields = ["at", "what", "evidence", "kind"]
        labels = {"what": "What happened", "evidence": "How we know"}
        help_texts = {"evidence": "A log line, a message, a graph; or who says so."}
        widgets = {
            "what": forms.Textarea(attrs={"rows": 2}),
            "evidence": forms.Textarea(attrs={"rows": 1}),
            "kind": forms.RadioSelect,
        }


class LessonForm(RevisedForm):
    tags = TagsField()

    class Meta:
        model = Lesson
        fields = ["title", "statement", "why", "scope", "state", "owner", "review_by", "tags"]
        labels = {
            "statement": "The lesson",
            "scope": "Where it holds",
            "review_by": "Read it again by",
        }
        help_texts = {
            "statement": "In a sentence or two, so that somebody in a hurry takes it along.",
            "why": _LINKS,
        }
        widgets = {
            "why": WritingWidget({"class": "tall"}),
            "scope": WritingWidget,
            "review_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }


class ActionForm(RevisedForm):
    verify_hosts = HostNamesField(
        label="Hosts it is verified on",
        help_text="Names between commas; for “on the hosts named”.",
    )
    tracker_url = forms.URLField(
        label="Address in your tracker", required=False, assume_scheme="https"
    )

    class Meta:
        model = Action
        fields = [
            "title", "kind", "owner", "team", "due", "incident", "lesson", "verified_by",
            "verify_scope", "tracker_url", "notes",
        ]  # fmt: skip
        labels = {
            "title": "What will be done",
            "kind": "It will",
            "verified_by": "Verified by",
            "verify_scope": "Verified where",
        }
        help_texts = {
            "verified_by": "When this pattern goes clear on fresh facts, the action closes itself; "
            "when it matches again, it comes back.",
            "notes": _LINKS,
        }
        widgets = {
            "due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "notes": WritingWidget,
            "verify_scope": forms.RadioSelect,
        }

    field_order = [
        "title", "kind", "owner", "team", "due", "incident", "lesson", "verified_by",
        "verify_scope", "verify_hosts",
    ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["verify_scope"].required = False
        self.fields["verify_hosts"].widget.attrs |= {"list": "host-names", "autocapitalize": "none"}
        if self.instance.pk:
            names = self.instance.verify_hosts.order_by("name").values_list("name", flat=True)
            self.initial["verify_hosts"] = list(names)
        choices: dict[str, QuerySet[Any]] = {
            "incident": Incident.objects.visible_to(user).only("title"),
            "lesson": Lesson.objects.visible_to(user).only("title"),
            "verified_by": Pattern.objects.visible_to(user).only("title").order_by("title"),
            "owner": User.objects.filter(is_active=True).only("username").order_by("username"),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows

    def relations(self) -> dict[str, Any]:
        return super().relations() | {"verify_hosts": sorted(self.cleaned_data["verify_hosts"])}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("verify_scope"):
            named = bool(data.get("verify_hosts"))
            data["verify_scope"] = VerifyScope.HOSTS if named else VerifyScope.EVERYWHERE
        if data["verify_scope"] == VerifyScope.EVERYWHERE or not data.get("verified_by"):
            # Names that nothing asks about would surprise later.
            data["verify_hosts"] = []
        elif "verify_hosts" in data and not data["verify_hosts"]:
            said = "Name at least one host, or let it be verified on every host."
            self.add_error("verify_hosts", said)
        return data
