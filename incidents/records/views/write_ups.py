"""What stands beside a write-up: its file, its links to others, hints while it is written."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from incidents.records import between
from incidents.records.markdown_incident import markdown_of
from incidents.records.models import Incident, IncidentLink
from incidents.records.parts import HEADINGS
from incidents.records.tracked import TEXTS
from incidents.records.views.incidents import address, visible
from incidents.records.wording import hints_in
from kb.wiki.editing import person, writer
from kb.wiki.markdown import MAX_TEXT


@require_safe
def incident_markdown(request: HttpRequest, pk: int) -> HttpResponse:
    """The write-up as a file: front matter and sections."""
    text = markdown_of(visible(request, pk), person(request))
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


@require_POST
def wording(request: HttpRequest) -> HttpResponse:
    """Where the texts of a form blame somebody; asked for while they are written."""
    writer(request)
    found = hints_in({name: request.POST.get(name, "")[:MAX_TEXT] for name in TEXTS})
    shown = [(HEADINGS[name], hints) for name, hints in found.items()]
    return render(request, "records/_wording.html", {"found": shown})


@require_POST
def link_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = writer(request)
    incident = visible(request, pk)
    number = request.POST.get("other", "").strip().removeprefix("#")
    try:
        if not (number.isdecimal() and len(number) < 10):
            raise ValidationError("Give the number of the other incident, such as 12.")
        other = Incident.objects.visible_to(user).filter(pk=int(number)).first()
        if other is None:
            raise ValidationError(f"There is no incident {number}.")
        note = request.POST.get("note", "").strip()
        between.link(incident, other, request.POST.get("kind", ""), by=user, note=note)
    except ValidationError as error:
        messages.error(request, f"Nothing was linked. {' '.join(error.messages)}")
    else:
        messages.success(request, "Linked.")
    return redirect(f"{address(incident)}#links")


@require_POST
def link_remove(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    user = writer(request)
    incident = visible(request, pk)
    found = IncidentLink.objects.visible_to(user).of(incident).filter(pk=link).first()
    if found is not None:
        between.unlink(found, by=user)
    messages.success(request, "The link was taken away.")
    return redirect(f"{address(incident)}#links")
