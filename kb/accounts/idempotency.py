"""``Idempotency-Key``: a POST of the API that is sent again does nothing and gets the first answer.

The answer is kept in the transaction of the work itself: either both are there or neither is, so
a process that dies in the middle leaves nothing, and of two at once the second waits for the first.
Only answers of success are kept; what was refused has changed nothing and may be tried again.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from kb.accounts import tokens
from kb.accounts.models import IdempotentAnswer, User
from kb.web.problems import FieldError, json_problem

HEADER = "Idempotency-Key"
KEPT = timedelta(days=1)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")
#: Doors that see to it themselves, since they read a stream: the same file is kept once anyway.
STREAMED = ("/api/v1/facts/", "/api/v1/attachments/")


class IdempotencyMiddleware:
    """Answers a repeated POST under ``/api/v1/`` with what was answered the first time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        concerned = request.method == "POST" and request.path.startswith("/api/v1/")
        if key is None or not concerned or request.path in STREAMED:
            return self.get_response(request)
        if not _KEY.fullmatch(key):
            said = "An Idempotency-Key is 1 to 200 visible ASCII characters, such as a UUID."
            return json_problem(400, said, [FieldError(f"/{HEADER}", "Make it a UUID.")])
        user = _caller(request)
        if user is None:
            return self.get_response(request)
        return self._once(request, user, key)

    def _once(self, request: HttpRequest, user: User, key: str) -> HttpResponseBase:
        print_ = fingerprint(request.get_full_path(), request.body)
        if kept := find(user, key):
            return replay(kept, print_)
        try:
            with transaction.atomic():
                row = claim(user, key, print_)
                response = self.get_response(request)
                if isinstance(response, HttpResponse) and 200 <= response.status_code < 300:
                    keep(row, response)
                else:
                    transaction.set_rollback(True)
                return response
        except IntegrityError:
            if kept := find(user, key):  # somebody was first while we were waiting
                return replay(kept, print_)
            raise


def fingerprint(address: str, body: bytes) -> str:
    """By which a repeated request is told from another one under the same key."""
    return hashlib.sha256(address.encode() + b"\0" + body).hexdigest()


def find(user: User, key: str) -> IdempotentAnswer | None:
    """The answer that was kept for this person's key within the last day."""
    since = timezone.now() - KEPT
    return IdempotentAnswer.objects.filter(user=user, key=key, made_at__gte=since).first()


def claim(user: User, key: str, print_: str) -> IdempotentAnswer:
    """Take the key inside the transaction of the work.  ``IntegrityError``: it is taken."""
    now = timezone.now()
    IdempotentAnswer.objects.filter(user=user, made_at__lt=now - KEPT).delete()
    return IdempotentAnswer.objects.create(user=user, key=key, fingerprint=print_, made_at=now)


def keep(row: IdempotentAnswer, response: HttpResponse) -> None:
    """Keep an answer as it went out."""
    row.status = response.status_code
    row.body = response.content.decode()
    row.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    row.save(update_fields=["status", "body", "headers"])


def replay(kept: IdempotentAnswer, print_: str) -> HttpResponse:
    """The kept answer, or 422 where the key was used for something else."""
    if kept.fingerprint != print_:
        said = "This Idempotency-Key was used for another request. Make a new one for this."
        return json_problem(422, said, [FieldError(f"/{HEADER}", "Use a new key.")])
    headers: dict[str, Any] = {**kept.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(kept.body, status=kept.status, headers=headers)


def _caller(request: HttpRequest) -> User | None:
    """Who asks, by token or session; the view itself says what is wrong with either."""
    words = request.headers.get("Authorization", "").split()
    if len(words) == 2 and words[0].lower() in ("bearer", "token"):
        token = tokens.holder(words[1], timezone.now())
        return token.user if token else None
    user = request.user
    return user if isinstance(user, User) and user.is_authenticated else None
