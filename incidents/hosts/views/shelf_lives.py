"""``/settings/shelf-lives/``: for how long what was told is good; admins only."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from incidents.hosts import shelf_lives as rules
from incidents.hosts.forms_shelf_lives import ShelfLifeForm
from kb.accounts.models import User
from kb.wiki.editing import person

LOG_SHOWN = 50
DONE = "Set. Every host is being asked again with it; that takes a moment."


def shelf_lives(request: HttpRequest) -> HttpResponse:
    """GET shows them with the log; POST sets one, or with ``take_back`` ends one."""
    keeper = _keeper(request)
    if request.method != "POST":
        return _page(request, ShelfLifeForm())
    now = timezone.now()
    if "take_back" in request.POST:
        section, source = request.POST.get("section", ""), request.POST.get("source", "")
        if rules.take_back(section, source, by=keeper, now=now):
            messages.success(request, "Taken back. Every host is being asked again.")
        return redirect("hosts:shelf-lives")
    form = ShelfLifeForm(request.POST)
    if form.is_valid():
        try:
            rules.put(by=keeper, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.blame(error)
        else:
            messages.success(request, DONE)
            return redirect("hosts:shelf-lives")
    return _page(request, form, status=422)


def _keeper(request: HttpRequest) -> User:
    user = person(request)
    if not user.is_keeper:
        raise PermissionDenied
    return user


def _page(request: HttpRequest, form: ShelfLifeForm, status: int = 200) -> HttpResponse:
    standing = rules.in_force().select_related("by").order_by("section", "source")
    shown = {
        "form": form,
        "standing": standing,
        "default": rules.shelf_lives().default,
        "of_environment": settings.SHELF_LIFE_DAYS,
        "log": rules.log()[:LOG_SHOWN],
    }
    return render(request, "hosts/shelf_lives.html", shown, status=status)
