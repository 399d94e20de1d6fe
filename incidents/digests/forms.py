"""Subscribing: who gets it, when, and about what."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from incidents.digests.models import Subscription
from incidents.digests.scope import SCOPES
from incidents.hosts.models import Host, Service, Site
from kb.accounts.models import Team, User

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


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

    class Meta:
        model = Subscription
        fields = ["team", "weekday", "hour", "time_zone", "least_severity", "always", "active"]
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
        for part in SCOPES:
            self.fields[part].initial = self.instance.scope.get(part, [])

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
        if commit:
            subscription.save()
        return subscription
