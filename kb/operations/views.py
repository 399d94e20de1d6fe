"""``/healthz`` and ``/readyz``: for whoever watches, without a login."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kb.accounts.authentication import TokenAuthentication
from kb.operations.api_docs import describe_api
from kb.operations.metrics import exposition
from kb.operations.readiness import ask_all
from kb.web.health import Health


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers; nothing else is asked."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every part works, else 503; either way each part is named."""
    answers = ask_all()
    ready = all(answer.ok for answer in answers.values())
    response = _told(request, answers, 200 if ready else 503)
    # A probe comes every few seconds: Django's error line for each would drown the log.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus.  They name patterns and pages, so they want a token or a sign-in,
    unless ``METRICS_OPEN`` says that the network is guard enough."""
    if not (settings.METRICS_OPEN or request.user.is_authenticated or _has_token(request)):
        answer = HttpResponse("Send a token: Authorization: Bearer …\n", status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="twiceshy"'
        return answer
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    try:
        return TokenAuthentication().authenticate(Request(request)) is not None
    except AuthenticationFailed:
        return False


def _told(request: HttpRequest, answers: dict[str, Health], status: int) -> HttpResponse:
    if request.get_preferred_type(["application/json", "text/plain"]) == "text/plain":
        lines = [
            f"{'ok  ' if answer.ok else 'FAIL'} {name}: {answer.says}"
            for name, answer in answers.items()
        ]
        return HttpResponse("\n".join(lines) + "\n", status=status, content_type="text/plain")
    parts = {name: {"ok": answer.ok, "says": answer.says} for name, answer in answers.items()}
    return JsonResponse({"ready": status == 200, "parts": parts}, status=status)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The API by its own description, with lines of curl that work."""
    return render(request, "operations/api_docs.html", {"rooms": describe_api(request)})
