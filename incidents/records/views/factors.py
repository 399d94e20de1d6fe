"""The taxonomy of contributing factors: read, added to, reworded."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from incidents.records import factors
from incidents.records.forms_incidents import FactorForm
from incidents.records.models import Factor
from kb.wiki.editing import person, writer


def factor_list(request: HttpRequest) -> HttpResponse:
    """The taxonomy, how often each is named, and a form for one more."""
    user = person(request)
    form = FactorForm(request.POST or None) if user.may_write else None
    if request.method == "POST":
        writer(request)
        assert form is not None
        if form.is_valid() and _added(form):
            messages.success(request, "Added to the taxonomy.")
            return redirect("records:factor-list")
    shown = {"factors": factors.with_counts(user), "form": form}
    return render(request, "records/factor_list.html", shown, status=_status(form))


def _added(form: FactorForm) -> bool:
    try:
        factors.add_factor(name=form.cleaned_data["name"], about=form.cleaned_data["about"])
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _status(form: FactorForm | None) -> int:
    return 422 if form is not None and form.errors else 200


def factor_edit(request: HttpRequest, slug: str) -> HttpResponse:
    writer(request)
    factor = get_object_or_404(Factor, slug=slug)
    form = FactorForm(request.POST or None, instance=factor)
    if request.method == "POST" and form.is_valid():
        factors.change_factor(factor, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("records:factor-list")
    return render(
        request, "records/factor_edit.html", {"form": form, "factor": factor}, status=_status(form)
    )
