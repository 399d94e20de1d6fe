"""Recording upkeep from any page: the same small form for hosts, services, groups and sites."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from incidents.hosts import upkeep
from incidents.hosts.forms import UpkeepForm
from incidents.hosts.kinds import Subject
from incidents.hosts.models import UpkeepKind
from kb.wiki.editing import writer


def fresh_form(now: datetime, kind: str = UpkeepKind.RESTORE_TEST) -> UpkeepForm:
    """An empty form; its moment makes one record of a form that is sent twice."""
    moment = now.replace(second=0, microsecond=0)
    return UpkeepForm(initial={"kind": kind, "happened_at": moment}, prefix="upkeep")


def record_for(
    request: HttpRequest, subject: Subject, *, address: str, kind: str = UpkeepKind.RESTORE_TEST
) -> HttpResponse:
    """GET shows the form on a page of its own; POST records, or says what needs mending."""
    user = writer(request)
    shown = {"subject": subject, "back": address}
    if request.method != "POST":
        return render(
            request, "hosts/upkeep.html", shown | {"form": fresh_form(timezone.now(), kind)}
        )
    form = UpkeepForm(request.POST, prefix="upkeep")
    if form.is_valid():
        try:
            upkeep.record(subject, by=user, **form.cleaned_data)
        except ValidationError as error:
            form.blame(error)
        else:
            messages.success(request, "Recorded. What it concerns is checked again right away.")
            return redirect(f"{address}#upkeep")
    return render(request, "hosts/upkeep.html", shown | {"form": form}, status=422)
