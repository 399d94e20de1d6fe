"""Forms of lessons and actions.  What they say is saved by the rules."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from incidents.hosts.fields import HostNamesField
from incidents.patterns.models import Pattern
from incidents.records.actions_bulk import ACTS
from incidents.records.lesson_life import LONGEST_QUOTE
from incidents.records.models import Action, Incident, Lesson, VerifyScope
from kb.accounts.models import User
from kb.wiki.forms import RevisedForm, TagsField, WritingWidget


class LessonForm(RevisedForm):
    tags = TagsField()

    class Meta:
        model = Lesson
        fields = [
            "title", "statement", "why", "scope", "confidence", "state", "owner", "review_by",
            "tags",
        ]  # fmt: skip
        labels = {
            "statement": "The lesson",
            "scope": "Where it holds",
            "confidence": "How sure we are",
            "review_by": "Read it again by",
        }
        help_texts = {
            "statement": "In a sentence or two, so that somebody in a hurry takes it along.",
            "why": "",
            "scope": "And where it does not.",
            "confidence": "",
        }
        widgets = {
            "why": WritingWidget({"class": "tall"}),
            "scope": WritingWidget,
            "review_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["confidence"].required = False
        if self.instance.pk:
            # From then on it moves by its own buttons, with a reason.
            del self.fields["state"]

    def changes(self) -> dict[str, Any]:
        said = super().changes()
        return {name: value for name, value in said.items() if name != "confidence" or value}


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
            "notes": "",
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


class QuoteForm(forms.Form):
    """Words of an incident that show a lesson."""

    incident = forms.ModelChoiceField(label="From", queryset=Incident.objects.none())
    quote = forms.CharField(
        label="Its words",
        max_length=LONGEST_QUOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A sentence or two, as they stand there.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["incident"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = Incident.objects.visible_to(user).only("title")


class ActionsForm(forms.Form):
    """One act on many actions; ``what()`` is what it needs to know."""

    act = forms.ChoiceField(label="With the ticked ones", choices=ACTS)
    owner = forms.ModelChoiceField(
        label="Give to", queryset=User.objects.none(), required=False, empty_label="nobody"
    )
    due = forms.DateField(
        label="Due on", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    because = forms.CharField(label="because", required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["owner"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = User.objects.filter(is_active=True).order_by("username")

    def what(self) -> dict[str, Any]:
        """Keywords of the act."""
        return {name: self.cleaned_data[name] for name in ("owner", "due", "because")}
