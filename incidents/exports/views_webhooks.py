"""``/settings/webhooks/``: who is told of events, and how that went; admins only."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.exports import deliver, webhooks
from incidents.exports.forms import WebhookForm
from incidents.exports.models import DeliveryState, Webhook
from kb.accounts.models import User
from kb.wiki.editing import person

LOG_SHOWN = 50


def webhook_list(request: HttpRequest) -> HttpResponse:
    """GET shows them; POST makes one, whose secret is on the answer."""
    keeper = _keeper(request)
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhooks.create(by=keeper, **form.cleaned_data)
        except ValidationError as error:
            form.blame(error)
        else:
            return _secret(request, made)
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING))
    rows = Webhook.objects.annotate(waiting=waiting, last=Max("deliveries__tried_at"))
    status = 422 if request.method == "POST" else 200
    shown = {"webhooks": rows, "form": form}
    return render(request, "exports/webhooks.html", shown, status=status)


def webhook_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET shows one with its log; POST changes it."""
    webhook = _webhook(request, pk)
    form = WebhookForm(request.POST) if request.method == "POST" else WebhookForm.of(webhook)
    if request.method == "POST" and form.is_valid():
        try:
            webhooks.change(webhook, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.blame(error)
        else:
            messages.success(request, "Saved.")
            return redirect("exports:webhook", pk)
    log = webhook.deliveries.defer("body")
    page = Paginator(log, LOG_SHOWN).get_page(request.GET.get("page"))
    shown = {"webhook": webhook, "form": form, "page": page}
    status = 422 if request.method == "POST" else 200
    return render(request, "exports/webhook.html", shown, status=status)


@require_POST
def webhook_test(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a test now and say what came back."""
    delivery = deliver.send_test(_webhook(request, pk), timezone.now())
    if delivery.error:
        messages.error(request, f"The test failed. {delivery.error}")
    else:
        messages.success(request, f"The test was taken: the receiver answered {delivery.status}.")
    return redirect("exports:webhook", pk)


@require_POST
def webhook_secret(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Another secret, which is on the answer."""
    return _secret(request, webhooks.renew_secret(_webhook(request, pk)))


@require_POST
def webhook_remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remove it with its log; pressing twice is once."""
    _keeper(request)
    Webhook.objects.filter(pk=pk).delete()
    messages.success(request, "The webhook is gone, and its log with it.")
    return redirect("exports:webhooks")


def _keeper(request: HttpRequest) -> User:
    user = person(request)
    if not user.is_keeper:
        raise PermissionDenied
    return user


def _webhook(request: HttpRequest, pk: uuid.UUID) -> Webhook:
    _keeper(request)
    return get_object_or_404(Webhook, pk=pk)


def _secret(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    response = render(request, "exports/secret.html", {"webhook": webhook})
    response["Cache-Control"] = "no-store"
    return response
