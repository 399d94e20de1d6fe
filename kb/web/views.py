"""The style guide, and the pages that say what went wrong."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from kb.web import look as sample
from kb.web import problems


def look(request: HttpRequest) -> HttpResponse:
    """Every component of the design system with realistic content."""
    return render(request, "web/look.html", sample.components())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself could not be understood."""
    return _error(request, 400, "The request could not be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: somebody is signed in, and this is not theirs to do."""
    return _error(request, 403, "This is not yours to do.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is older than the session it was shown in."""
    if _is_api(request):
        return _problem(403, "The session's CSRF token is missing or old; send a token header.")
    return render(request, "web/csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing is here, or nothing this person may see."""
    return _error(request, 404, "Nothing is at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without request, user or database, since any of them may be what broke."""
    if _is_api(request):
        return _problem(500, "Something went wrong on the server; it has been logged.")
    return HttpResponse(render_to_string("web/500.html"), status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse(
        problems.body(status, detail), status=status, content_type=problems.MEDIA_TYPE
    )


def _error(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if _is_api(request):
        return _problem(status, detail)
    return render(request, f"web/{status}.html", status=status)
