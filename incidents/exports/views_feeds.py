"""``/feeds/``: what feed readers and calendars fetch; the key in the address says for whom."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_POST, require_safe

from incidents.exports import atom, dates, feed_tokens, feeds, ical
from incidents.exports.atom import Feed
from incidents.exports.models import FeedToken
from kb.accounts import saved_views
from kb.accounts.models import User
from kb.wiki.editing import person

NO_LONGER = (
    "This address is not known, or was ended. Your present ones are on your page of settings.\n"
)
GONE = "That saved search is gone, or no longer shared with you.\n"


def feed(make: Callable[[User, datetime], Feed]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view of an Atom feed."""

    def view(request: HttpRequest) -> HttpResponseBase:
        token = _token(request)
        if token is None:
            return _shut()
        made = make(token.user, token.made_at)
        body = atom.write(made, settings.SITE_URL)
        return _answer(request, body, "application/atom+xml; charset=utf-8", made.last)

    return login_not_required(require_safe(view))


flags = feed(feeds.flags)
incidents = feed(feeds.incidents)
lessons = feed(feeds.lessons)
changes = feed(feeds.changes)


@login_not_required
@require_safe
def search(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A saved search, one's own or one that others share, as a feed."""
    token = _token(request)
    if token is None:
        return _shut()
    view = saved_views.visible_to(token.user).filter(page="search", pk=pk).first()
    if view is None:
        return HttpResponse(GONE, status=404, content_type="text/plain; charset=utf-8")
    made = feeds.search(token.user, view, max(view.made_at, token.made_at))
    body = atom.write(made, settings.SITE_URL)
    return _answer(request, body, "application/atom+xml; charset=utf-8", None)


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponseBase:
    """Dates ahead as a calendar; made out once a day, so that it stays the same in between."""
    token = _token(request)
    if token is None:
        return _shut()
    now = timezone.now()
    morning = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    body = ical.write("Twiceshy", dates.ahead(token.user, now), morning)
    response = _answer(request, body, "text/calendar; charset=utf-8", None)
    response["Content-Disposition"] = 'inline; filename="dates.ics"'
    return response


@require_POST
def feeds_new(request: HttpRequest) -> HttpResponse:
    """Addresses for the one who asks; with ``again`` others than before."""
    user = person(request)
    if "again" in request.POST:
        feed_tokens.renew(user, timezone.now())
        messages.success(request, "You have new addresses; the old ones are ended.")
    else:
        feed_tokens.issue(user)
    return redirect(feeds.settings_address())


@require_POST
def feeds_end(request: HttpRequest) -> HttpResponse:
    feed_tokens.end(person(request))
    messages.success(request, "Your feeds are ended; whoever has an address gets a 403.")
    return redirect(feeds.settings_address())


def _token(request: HttpRequest) -> FeedToken | None:
    return feed_tokens.holder(request.GET.get("token", ""), timezone.now())


def _shut() -> HttpResponse:
    return HttpResponse(NO_LONGER, status=403, content_type="text/plain; charset=utf-8")


def _answer(
    request: HttpRequest, body: bytes, kind: str, changed: datetime | None
) -> HttpResponseBase:
    response = HttpResponse(body, content_type=kind)
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    seconds = int(changed.timestamp()) if changed else None
    if seconds is not None:
        response["Last-Modified"] = http_date(seconds)
    answer = get_conditional_response(request, tag, seconds, response)
    assert answer is not None
    return answer
