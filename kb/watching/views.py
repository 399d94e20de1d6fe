"""Recent changes, and what I watch."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kb.watching import watching
from kb.watching.happening import described, seen_states
from kb.watching.models import Watch
from kb.wiki.editing import person
from kb.wiki.things import address_of, find

PAGE = 50


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Every save of what the reader may see, the newest first; ``?by=`` and ``?before=``."""
    states = seen_states(person(request)).select_related("revision__user")
    if by := request.GET.get("by"):
        states = states.filter(revision__user__username=by)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 16:
        states = states.filter(pk__lt=int(before))
    rows = list(states.order_by("-pk")[: PAGE + 1])
    context = {
        "changes": described(rows[:PAGE]),
        "by": by,
        "before": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "watching/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def watches(request: HttpRequest) -> HttpResponse:
    """GET: what I watch.  POST: begin, or with ``end`` end, to watch ``object`` or ``tag``."""
    user = person(request)
    if request.method == "POST":
        return _change(request)
    mine = list(Watch.objects.visible_to(user))
    rows = [(one, find(one.key, user) if not one.tag else None) for one in mine]
    shown = [
        (one, thing, address_of(thing) if thing is not None else "")
        for one, thing in rows
        if one.tag or thing is not None
    ]
    return render(request, "watching/list.html", {"rows": shown})


def _change(request: HttpRequest) -> HttpResponse:
    user, tag = person(request), request.POST.get("tag", "")
    thing = None if tag else find(request.POST.get("object", ""), user)
    if not tag and thing is None and "object" in request.POST:
        raise Http404("There is nothing to watch.")
    if "end" in request.POST:
        watching.end(user, thing=thing, tag=tag)
        messages.success(request, "You watch it no more.")
    else:
        try:
            made = watching.watch(user, now=timezone.now(), thing=thing, tag=tag)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            mail = "" if user.email else " You have no mail address yet: an admin can give you one."
            messages.success(request, f"You watch {made}: one mail until you look.{mail}")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if back and safe else "watching:list")


@csrf_exempt  # a mail program posts here with one click; the signature is the right to it
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST ends; by the address in a mail, without signing in."""
    one = watching.unsign(token)
    if request.method == "POST" and one is not None:
        one.delete()
        one = None
    return render(request, "watching/end.html", {"watch": one})
