"""Forms of the settings pages."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password

from kb.accounts.models import Role, Team, User


class MyselfForm(forms.ModelForm):
    """What somebody says of themselves."""

    time_zone = forms.ChoiceField(
        help_text="Mails are sent and times are shown by this clock; with UTC, pages go by the "
        "clock of your browser. Forms ask for times in UTC, and say so."
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name) for name in sorted(available_timezones())]


class TokenForm(forms.Form):
    """A new token; the name tells tokens apart."""

    name = forms.CharField(max_length=120, help_text="What it is for: backup script, Ansible …")
    days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=3650,
        label="Ends after days",
        help_text="Left open, it lasts until you end it.",
    )


class PersonForm(forms.Form):
    """Role and whether they come in."""

    role = forms.ChoiceField(choices=Role.choices)
    is_active = forms.BooleanField(required=False, label="May sign in")


class NewPersonForm(forms.Form):
    """Somebody new."""

    username = forms.CharField(max_length=150)
    email = forms.EmailField(required=False)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.RESPONDER)
    password = forms.CharField(
        widget=forms.PasswordInput,
        required=False,
        help_text="Left open, they set one by way of their mail address.",
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password


class TeamForm(forms.ModelForm):
    """A team and its members."""

    members = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"), required=False
    )

    class Meta:
        model = Team
        fields = ["name", "slug", "email", "members"]
        help_texts = {"slug": "Its name in addresses.", "email": "Where its mail goes."}
