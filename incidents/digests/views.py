"""The archive of mails, one's subscriptions, this week's mail now, and leaving."""

from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from incidents.digests import archive, deliver, failures, health, mail, offers
from incidents.digests.compose import compose
from incidents.digests.forms import ArchiveForm, SubscriptionForm
from incidents.digests.models import Digest, Subscription
from incidents.digests.periods import week_of
from kb.accounts.models import User


@require_safe
def digest_list(request: HttpRequest) -> HttpResponse:
    """The archive, and who gets what; ``?subscription=`` and ``?state=`` narrow it."""
    user = _person(request)
    filters = ArchiveForm(request.GET, user=user)
    digests = filters.narrow(_readable(request).slim())
    page = Paginator(digests, 30).get_page(request.GET.get("page"))
    subscriptions = Subscription.objects.visible_to(user).select_related("user", "team")
    context = {
        "page": page,
        "subscriptions": subscriptions,
        "filters": filters,
        "offer": offers.offer_for(user),
        "failing": failures.count() if user.is_keeper else 0,
    }
    return render(request, "digests/list.html", context)


@require_safe
def digest_detail(request: HttpRequest, pk: int) -> HttpResponse:
    digest = get_object_or_404(_readable(request), pk=pk)
    context = {
        "digest": digest,
        "letter": archive.as_shown_to(_person(request), digest),
        "tries": list(digest.tries.all()),
        "returned": list(digest.returned.all()),
    }
    return render(request, "digests/detail.html", context)


# The mail has styles of its own; here it can load nothing, run nothing and reach nothing.
_MAIL_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}


@require_safe
@xframe_options_sameorigin
@csp_replace(_MAIL_POLICY)
def digest_html(request: HttpRequest, pk: int) -> HttpResponse:
    digest = get_object_or_404(_readable(request), pk=pk)
    letter = archive.as_shown_to(_person(request), digest)
    return HttpResponse(letter.html if letter else "")


@require_safe
def preview(request: HttpRequest, pk: str) -> HttpResponse:
    """This week's mail as it would stand now: nothing is stored, nothing is sent."""
    subscription = get_object_or_404(Subscription.objects.visible_to(_person(request)), pk=pk)
    letter = _letter_now(_person(request), subscription)
    return render(request, "digests/preview.html", {"subscription": subscription, "letter": letter})


@require_safe
@xframe_options_sameorigin
@csp_replace(_MAIL_POLICY)
def preview_html(request: HttpRequest, pk: str) -> HttpResponse:
    subscription = get_object_or_404(Subscription.objects.visible_to(_person(request)), pk=pk)
    return HttpResponse(_letter_now(_person(request), subscription).html)


@require_POST
def send_test(request: HttpRequest, pk: str) -> HttpResponse:
    """This week's mail as it stands now, to the person who asks and nobody else."""
    user = _person(request)
    subscription = get_object_or_404(Subscription.objects.visible_to(user), pk=pk)
    try:
        mail.send_test(user, _letter_now(user, subscription))
    except mail.CANNOT_SEND as error:
        messages.error(request, f"The mail could not be sent: {error}")
    else:
        messages.success(request, f"Sent to {user.email}.")
    return redirect("digests:list")


@require_POST
def answer_offer(request: HttpRequest) -> HttpResponse:
    """Yes or no to the mail that was offered; answering twice is once."""
    taken = offers.answer(_person(request), take=request.POST.get("answer") == "yes")
    if taken is not None and taken.active:
        day = f"{taken.weekday_name} at {taken.hour:02d}:00"
        messages.success(request, f"It comes on {day}. Change what and when at any time.")
    elif taken is not None:
        messages.info(
            request, "No mail then. You find it under Weekly mail if you change your mind."
        )
    return redirect("digests:list")


def subscription_new(request: HttpRequest) -> HttpResponse:
    return _subscription_form(request, Subscription(), "digests/subscription_new.html")


def subscription_edit(request: HttpRequest, pk: str) -> HttpResponse:
    subscription = get_object_or_404(Subscription.objects.visible_to(_person(request)), pk=pk)
    return _subscription_form(request, subscription, "digests/subscription_edit.html")


def _subscription_form(request: HttpRequest, instance: Subscription, template: str) -> HttpResponse:
    user = _person(request)
    offered = offers.offer_for(user) if instance._state.adding else None
    form = SubscriptionForm(request.POST or None, instance=offered or instance, user=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("digests:list")
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, "subscription": instance}, status=status)


@login_not_required
@csrf_exempt  # RFC 8058: the mail program posts without cookies; the address is signed
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and changes nothing; POST ends the subscription, however often it comes."""
    pk = mail.unsign(token)
    subscription = Subscription.objects.filter(pk=pk).first() if pk else None
    if subscription is None:
        return render(request, "digests/unsubscribe.html", {"unknown": True}, status=404)
    if request.method == "POST":
        Subscription.objects.filter(pk=subscription.pk, active=True).update(
            active=False, ended_because="It was ended from a mail."
        )
        return render(
            request, "digests/unsubscribe.html", {"done": True, "subscription": subscription}
        )
    return render(request, "digests/unsubscribe.html", {"subscription": subscription})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware lets nobody else in
    return request.user


def _readable(request: HttpRequest) -> Any:
    return Digest.objects.visible_to(_person(request)).select_related(
        "subscription__user", "subscription__team"
    )


def _letter_now(user: User, subscription: Subscription) -> mail.Letter:
    week = week_of(timezone.now(), subscription.time_zone)
    content = deliver.as_seen_by([user], compose(subscription, week))
    return mail.write(content, language=subscription.language)


# --- admins -----------------------------------------------------------------------------------


@require_safe
def failure_list(request: HttpRequest) -> HttpResponse:
    """What did not go out and what came back, for who can mend it."""
    _keeper(request)
    context = {
        "failed": failures.failed()[:100],
        "waiting": failures.waiting()[:100],
        "returned": failures.returned()[:100],
        "ended": failures.ended()[:100],
        "health": health.mail_is_going_out(),
    }
    return render(request, "digests/failures.html", context)


@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a failed mail anew; beat sends it within the minute."""
    _keeper(request)
    digest = get_object_or_404(Digest, pk=pk)
    if deliver.retry(digest, timezone.now()):
        messages.success(request, f"{digest.recipient or digest.subject} is tried again.")
    else:
        messages.info(request, "It had not failed: there is nothing to try again.")
    return redirect("digests:failures")


def _keeper(request: HttpRequest) -> User:
    user = _person(request)
    if not user.is_keeper:
        raise PermissionDenied("Only admins look after mail that failed.")
    return user
