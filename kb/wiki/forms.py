"""What every form for texts people write together has: the revision, a reason, a preview."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import ManyToManyField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.wiki import mentions
from kb.wiki.markdown import MAX_TEXT
from kb.wiki.models import Page
from kb.wiki.references import alone as references_in
from kb.wiki.things import things
from kb.wiki.tracking import tracked


class WritingWidget(forms.Textarea):
    """The editor: a plain text area whose words survive a closed tab, and where Markdown, tools.

    ``of`` is set by the form: the key of the thing that the text belongs to (``page:12``), for
    what is attached to it.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, markdown: bool = True) -> None:
        super().__init__(attrs)
        self.is_markdown = markdown
        self.of = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        if not self.is_markdown:
            return super().render(name, value, attrs, renderer)
        identity = (attrs or {}).get("id", f"id_{name}")
        told = (attrs or {}).get("aria-describedby", "")
        hint = {"aria-describedby": f"{told} {identity}_hint".strip()}
        area = super().render(name, value, {**(attrs or {}), **hint, "data-writing": ""}, renderer)
        shown = {"area": area, "name": name, "id": identity, "of": self.of}
        return SafeString(render_to_string("wiki/_writing.html", shown))


class RevisionInput(forms.HiddenInput):
    """The hidden revision, behind the button that Enter presses.

    A browser presses the first button of a form on Enter; without this one that would be Preview.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        button = '<button class="aloud" tabindex="-1" aria-hidden="true">Save</button>'
        return SafeString(button + super().render(name, value, attrs, renderer))


class TagsField(forms.CharField):
    """Tags as words between commas; a list of them in Python."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "Words between commas.")
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = [" ".join(word.split()) for word in str(value or "").split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        if any(len(word) > 60 for word in value):
            raise forms.ValidationError("A tag has at most 60 characters.")

    def run_validators(self, value: Any) -> None:
        pass


class RevisedForm(forms.ModelForm):
    """A form over a tracked model; ``editing.edit`` saves what ``changes`` and ``relations`` say.

    ``revision`` is the one the writer started from.  ``Meta.markdown`` names the texts that get a
    Preview button; every text gets a place in the browser's memory.
    """

    revision = forms.IntegerField(widget=RevisionInput, required=False)
    kept = forms.IntegerField(widget=forms.HiddenInput, required=False)
    comment = forms.CharField(label="What did you change, and why?", max_length=200, required=False)

    #: Many-to-many field → what names its targets in a revision.
    link_keys: dict[str, str] = {}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if self.instance.pk:
            self.initial["revision"] = self.instance.revision
        else:
            del self.fields["comment"]
        name = f"{self._meta.model._meta.model_name}-{self.instance.pk or 'new'}"
        for key, field in self.fields.items():
            written = (
                isinstance(field.widget, forms.Textarea) or type(field.widget) is forms.TextInput
            )
            if written and key != "comment":
                field.widget.attrs["data-draft-key"] = f"{name}-{key}"
            if isinstance(field.widget, forms.Textarea):
                field.validators.append(MaxLengthValidator(MAX_TEXT))
            if isinstance(field.widget, WritingWidget) and self.instance.pk:
                home = tracked(self._meta.model).home(self.instance)
                field.widget.of = home if home.partition(":")[0] in things else ""

    def changes(self) -> dict[str, Any]:
        """The columns as written, by field."""
        names = tracked(self._meta.model).fields
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def relations(self) -> dict[str, Any]:
        """The links as written, as names."""
        return {
            name: sorted(getattr(there, key) for there in self.cleaned_data[name])
            for name, key in self.link_keys.items()
            if name in self.cleaned_data
        }

    def take(self, state: dict[str, Any]) -> None:
        """Start from a state of the thing (fields and links by name) instead of the stored one."""
        for name, value in state.items():
            if name in self.fields:
                self.initial[name] = self._objects(name, value)

    def stands_for(self, name: str) -> list[forms.BoundField]:
        """The fields in which a person writes ``name`` of a state; usually the one of that name."""
        return [self[name]] if name in self.fields else []

    def _objects(self, name: str, value: Any) -> Any:
        """Links by name as the objects that a choice of several starts from."""
        if name in self.link_keys:
            column = self._meta.model._meta.get_field(name)
            assert isinstance(column, ManyToManyField)
            there = column.related_model._default_manager
            return list(there.filter(**{f"{self.link_keys[name]}__in": value}))
        return value

    def _save_m2m(self) -> None:
        raise TypeError("Save through kb.wiki.editing, which compares the revision.")


class AboutField(forms.CharField):
    """What a page is about: ``@robert, [[service:mail]]``, in Python ``["host:robert", …]``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "help_text", "@robert for a host, [[ for a service, site, group, pattern or lesson."
        )
        kwargs.setdefault("widget", forms.TextInput(attrs={"data-suggest": ""}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return ", ".join(_as_link(key) for key in value)

    def to_python(self, value: Any) -> Any:
        found = references_in(str(value or ""))
        if found is None:
            raise forms.ValidationError("Write @ and a host's name, or choose after [[.")
        return list(dict.fromkeys(f"{one.kind}:{one.key}" for one in found))

    def validate(self, value: Any) -> None:
        try:
            missing = mentions.not_there(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from None
        if missing:
            raise forms.ValidationError(missing)

    def run_validators(self, value: Any) -> None:
        pass


def _as_link(key: str) -> str:
    kind, _, name = key.partition(":")
    return f"@{name}" if kind == "host" else f"[[{key}]]"


class PageForm(RevisedForm):
    tags = TagsField()
    about = AboutField(label="About")

    class Meta:
        model = Page
        fields = ["title", "body", "is_runbook", "tags", "owner", "review_by", "slug"]
        widgets = {
            "body": WritingWidget({"class": "tall"}),
            "review_by": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        labels = {
            "is_runbook": "This is a runbook: what to do when something happens",
            "review_by": "Read it again by",
            "slug": "Address",
        }
        help_texts = {
            "body": "",
            "review_by": "On that day it comes to its owner.",
            "slug": "The last part of the address. The old one will lead here.",
        }

    field_order = ["title", "body", "is_runbook", "about", "tags", "owner", "review_by", "slug"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        if self.instance.pk:
            self.initial["about"] = mentions.about(self.instance)
            self.fields["slug"].required = False  # left empty, it stays as it is
        else:
            del self.fields["slug"]  # made from the title

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        if not changes.get("slug"):
            changes.pop("slug", None)
        return changes

    def relations(self) -> dict[str, Any]:
        return {"about": sorted(self.cleaned_data["about"])}
