"""Errors of the API as ``application/problem+json`` (RFC 9457), with a pointer to each field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong at one place: ``pointer`` is a JSON pointer, ``detail`` names the mend."""

    pointer: str
    detail: str


class Problem(exceptions.APIException):
    """An error that a rule raises at the door: status, one sentence, and the places.

    ``extra`` members go into the answer as they are (the current state on a 412, say).
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Iterable[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status_code = status
        self.errors = list(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


def body(status: int, detail: str, errors: Iterable[FieldError] = ()) -> dict[str, Any]:
    """The members of a problem document."""
    answer: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    places = [{"pointer": e.pointer, "detail": e.detail} for e in errors]
    if places:
        answer["errors"] = places
    return answer


def field_errors(detail: Any, pointer: str = "") -> list[FieldError]:
    """DRF's nested error detail as a flat list with JSON pointers."""
    if isinstance(detail, Mapping):
        found: list[FieldError] = []
        for key, value in detail.items():
            step = "" if key in ("non_field_errors", "__all__") else f"/{_escape(str(key))}"
            found += field_errors(value, pointer + step)
        return found
    if isinstance(detail, list):
        if any(isinstance(item, Mapping) for item in detail):
            return [
                e for i, item in enumerate(detail) for e in field_errors(item, f"{pointer}/{i}")
            ]
        return [FieldError(pointer, str(item)) for item in detail]
    return [FieldError(pointer, str(detail))]


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every error of the API takes this form."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or "There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, ValidationError):
        messages = error.message_dict if hasattr(error, "error_dict") else error.messages
        error = exceptions.ValidationError(messages)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    return _answer(error)


def _answer(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, Problem):
        data = body(error.status_code, str(error.detail), error.errors) | error.extra
        headers |= error.headers
    elif isinstance(error, exceptions.ValidationError):
        errors = field_errors(error.detail)
        data = body(error.status_code, "Something in the request needs mending.", errors)
    else:
        data = body(error.status_code, str(error.detail))
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    return Response(data, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)


def json_problem(status: int, detail: str, errors: Iterable[FieldError] = ()) -> JsonResponse:
    """The same document outside DRF, for middleware and error pages."""
    return JsonResponse(body(status, detail, errors), status=status, content_type=MEDIA_TYPE)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
