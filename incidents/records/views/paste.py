"""A chat log or a shell history, pasted, and what was picked of it put on the timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from incidents.records import pasted
from incidents.records.models import Incident
from incidents.records.timeline import NewLine, add_lines
from incidents.records.views.incidents import visible
from incidents.records.views.timeline import address
from kb.web.moments import zone_of
from kb.wiki.editing import writer

#: How we know: by the form in which it was read.
EVIDENCE = (
    dict.fromkeys(("slack", "chat", "weechat", "export"), "From the chat")
    | dict.fromkeys(("history", "zsh"), "From the shell's history")
    | dict.fromkeys(("journal", "syslog"), "From the system log")
)
_NAMES = UUID("5f0f5d3c-9f0e-5a31-9d0b-2b8a4f6f8b1e")


class PasteForm(forms.Form):
    """The text, and what it leaves out: whose clock, and which day where it names none."""

    text = forms.CharField(
        label="The log",
        max_length=pasted.MOST_TEXT,
        strip=False,
        help_text="A chat (Slack, IRC, Matrix), a shell history with times, journalctl, syslog, "
        "or any lines that begin with a time.",
        widget=forms.Textarea({"class": "tall mono", "spellcheck": "false"}),
    )
    day = forms.DateField(
        label="The day it begins", help_text="For lines that name only a time.",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    zone = forms.CharField(
        label="On whose clock", max_length=64, help_text="Such as Europe/London; UTC is fine."
    )

    def clean_zone(self) -> str:
        name: str = self.cleaned_data["zone"].strip()
        if zone_of(name).key != name:
            raise ValidationError(f"There is no time zone {name!r}. Europe/London is one, and UTC.")
        return name


def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the text, POST shows its lines; POST with ``add`` puts the ticked ones on."""
    user = writer(request)
    incident = visible(request, pk)
    now = timezone.now()
    if request.method != "POST":
        begins = incident.happened_at.astimezone(zone_of(user.time_zone)).date()
        form = PasteForm(initial={"day": begins, "zone": user.time_zone})
        form.fields["text"].widget.attrs["data-draft-key"] = f"paste-{pk}"
        form.fields["zone"].widget.attrs["data-own-zone"] = ""
        return _show(request, incident, form)
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _show(request, incident, form, status=422)
    lines = pasted.read(
        form.cleaned_data["text"],
        zone=zone_of(form.cleaned_data["zone"]),
        day=form.cleaned_data["day"],
        now=now,
    )
    act = request.POST.get("act", "read")
    if act == "read":
        return _show(request, incident, form, lines)
    picked = _picked(request, lines, all_of_them=act == "all")
    try:
        if not picked:
            raise ValidationError("Tick the lines that belong on the timeline.")
        add_lines(incident, [_line(incident, one) for one in picked], by=user)
    except ValidationError as error:
        form.add_error(None, error.messages[0])
        return _show(request, incident, form, lines, status=422)
    messages.success(request, f"{len(picked)} line{'s' * (len(picked) != 1)} on the timeline.")
    return redirect(address(incident))


def _show(
    request: HttpRequest,
    incident: Incident,
    form: PasteForm,
    lines: list[pasted.PastedLine] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "incident": incident,
        "form": form,
        "lines": lines,
        "cancel": address(incident),
        "picked": set(request.POST.getlist("pick")),
        "many": lines is not None and len(lines) >= pasted.MOST_LINES,
    }
    return render(request, "records/paste.html", context, status=status)


def _picked(
    request: HttpRequest, lines: list[pasted.PastedLine], *, all_of_them: bool
) -> list[pasted.PastedLine]:
    """The ticked lines that have a time, or all of those."""
    ticked = set(request.POST.getlist("pick"))
    return [
        line
        for number, line in enumerate(lines)
        if line.at is not None and (all_of_them or str(number) in ticked)
    ]


def _line(incident: Incident, line: pasted.PastedLine) -> NewLine:
    assert line.at is not None
    return as_new_line(incident.pk, line.at, line)


def as_new_line(pk: int, at: datetime, line: pasted.PastedLine) -> NewLine:
    """What goes on the timeline; the same line of the same log has the same key for ever."""
    words = f"{line.who}: {line.what}" if line.who else line.what
    if line.form in ("history", "zsh"):
        words = f"`{line.what}`" if "`" not in line.what and "\n" not in line.what else line.what
    key = uuid5(_NAMES, f"{pk}\n{at.isoformat()}\n{words}")
    return NewLine(at, words, EVIDENCE.get(line.form, "From a log"), "fact", key)
