"""Comments: said, mended and settled from the page of what they are about."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from kb.comments import saying
from kb.comments.forms import CommentForm
from kb.comments.models import Comment
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.looking_back import show_history
from kb.wiki.things import address_of
from kb.wiki.thrown import find_there, there


@require_POST
def comment_new(request: HttpRequest) -> HttpResponse:
    user = writer(request)
    thing = find_there(request, request.POST.get("object", ""))
    if thing is None:
        raise Http404("There is nothing to comment on.")
    try:
        comment = saying.say(thing, request.POST.get("body", ""), by=user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, f"Nothing was said. {' '.join(error.messages)}")
        return redirect(f"{address_of(thing)}#comments")
    return redirect(address_of(comment))


def _visible(request: HttpRequest, pk: int) -> Comment:
    mine = Comment.objects.filter(pk=pk, author=person(request)).first()
    if mine is not None and request.method == "POST":
        find_there(request, mine.thing_key)  # what it is about may lie in the bin
    return there(request, Comment.objects.visible_to(person(request)), pk=pk)


def comment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    comment = _visible(request, pk)
    if not saying.may_mend(comment, writer(request)):
        raise PermissionDenied
    return editing.edit(
        request, comment, CommentForm, template="comments/edit.html", address=address_of
    )


def comment_history(request: HttpRequest, pk: int) -> HttpResponse:
    comment = _visible(request, pk)
    if request.method == "POST" and not saying.may_mend(comment, writer(request)):
        raise PermissionDenied
    return show_history(request, comment, address=address_of)


@require_POST
def comment_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Settled, or with ``again`` not settled after all."""
    user = writer(request)
    comment = _visible(request, pk)
    if "again" in request.POST:
        saying.reopen(comment, by=user)
    else:
        saying.resolve(comment, by=user, now=timezone.now())
    return redirect(address_of(comment))
