"""Subscribing: who gets it, when, and about what."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings

from incidents.digests.models import DigestQuerySet, DigestState, NoticeKind, Subscription
from incidents.digests.scope import SCOPES
from incidents.hosts.models import Host, Service, Site
from kb.accounts.models import Team, User

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

LANGUAGES: list[tuple[str, str]] = sorted(
    ((str(code), str(name)) for code, name in settings.LANGUAGES), key=lambda one: one[1]
)


class SubscriptionForm(forms.ModelForm):
    """One subscription of the person who fills it in, or of a team of theirs."""

    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, empty_label="me", label="Send it to"
    )
    weekday = forms.TypedChoiceField(
        choices=list(enumerate(WEEKDAYS)), coerce=int, label="On", initial=0
    )
    hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)], coerce=int, label="At", initial=9
    )
    time_zone = forms.ChoiceField(label="In the time zone")
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(), required=False, to_field_name="slug", label="Only hosts owned by"
    )
    sites = forms.ModelMultipleChoiceField(
        Site.objects.all(), required=False, to_field_name="slug", label="Only hosts at"
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.all(), required=False, to_field_name="slug", label="Only hosts that carry"
    )
    environments = forms.MultipleChoiceField(required=False, label="Only hosts of environment")
    tags = forms.MultipleChoiceField(required=False, label="Only hosts tagged")
    language = forms.ChoiceField(
        choices=LANGUAGES,
        required=False,
        label="Days and months in",
        initial="en-gb",
    )
    notices = forms.MultipleChoiceField(
        choices=NoticeKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Tell me at once when",
        help_text="At most one such mail in a quarter of an hour, and never of what you did.",
    )

    class Meta:
        model = Subscription
        fields = [
            "team", "weekday", "hour", "time_zone", "language", "least_severity", "always",
            "notices", "active",
        ]  # fmt: skip
        labels = {
            "least_severity": "Least severity",
            "always": "Also when nothing changed",
            "active": "Send it",
        }
        help_texts = {"always": "Otherwise a quiet week brings no mail."}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        teams = Team.objects.all() if user.is_keeper else Team.objects.filter(members=user)
        self._choice("team").queryset = teams
        zones = sorted(available_timezones())
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        self.fields["time_zone"].initial = user.time_zone
        names = Host.objects.exclude(environment="").order_by("environment")
        found = names.values_list("environment", flat=True).distinct()
        self.fields["environments"].choices = [(name, name) for name in found]  # type: ignore[attr-defined]
        tags = sorted({tag for tags in Host.objects.values_list("tags", flat=True) for tag in tags})
        self.fields["tags"].choices = [(tag, tag) for tag in tags]  # type: ignore[attr-defined]
        for part in SCOPES:
            self._keep_known(part)
            self.fields[part].initial = self.instance.scope.get(part, [])

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or "en-gb"

    def _keep_known(self, part: str) -> None:
        """What was chosen once stays a choice, though no host bears it now."""
        field = self.fields[part]
        if isinstance(field, forms.ModelMultipleChoiceField):
            return
        assert isinstance(field, forms.MultipleChoiceField)
        known: Any = list(field.choices)  # type: ignore[arg-type]
        names = {value for value, _ in known}
        more = [name for name in self.instance.scope.get(part, []) if name not in names]
        field.choices = [*known, *((name, name) for name in more)]

    def _choice(self, name: str) -> "forms.ModelChoiceField[Any]":
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field

    def scope(self) -> dict[str, list[str]]:
        """The chosen part of the fleet; what is not narrowed is left out."""
        chosen = {part: self.cleaned_data[part] for part in SCOPES}
        return {
            part: [str(getattr(item, "slug", item)) for item in items]
            for part, items in chosen.items()
            if items
        }

    def save(self, commit: bool = True) -> Subscription:
        subscription: Subscription = super().save(commit=False)
        if subscription.team is not None:
            subscription.user = None
        elif subscription.user is None:
            subscription.user = self.user
        subscription.scope = self.scope()
        if subscription.active:
            subscription.ended_because, subscription.bounces = "", 0
        if commit:
            subscription.save()
        return subscription


class ArchiveForm(forms.Form):
    """Which mails of the archive are shown; what it does not understand it leaves out."""

    subscription = forms.ModelChoiceField(
        Subscription.objects.none(), required=False, empty_label="everybody's", label="Whose"
    )
    state = forms.ChoiceField(
        choices=[("", "any"), *DigestState.choices], required=False, label="State"
    )
    period = forms.CharField(max_length=20, required=False, label="Week, like 2026-W47")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subscription"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Subscription.objects.visible_to(user).select_related("user", "team")

    def narrow(self, digests: DigestQuerySet) -> DigestQuerySet:
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return digests.filter(**chosen)
