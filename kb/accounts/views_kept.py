"""Keeping and removing saved views; the pages themselves list them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kb.accounts import saved_views
from kb.accounts.models import User


@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of a page under a name; everybody who is signed in may."""
    said = request.POST
    assert isinstance(request.user, User)
    try:
        view = saved_views.save(
            request.user,
            said.get("page", ""),
            said.get("name", ""),
            said.get("query", ""),
            shared="shared" in said,
        )
    except ValidationError as error:
        for words in error.messages:
            messages.error(request, words)
    else:
        messages.success(request, f"Kept as {view.name}.")
    return _back(request)


@require_POST
def view_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own view away."""
    assert isinstance(request.user, User)
    if saved_views.remove(request.user, pk):
        messages.success(request, "The view is removed; its filters still work in the address.")
    else:
        messages.error(request, "That view is gone, or somebody else's.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(wanted if ours else "/")
