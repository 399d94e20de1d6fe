"""``Authorization: Bearer <token>`` (``Token <token>`` is understood too)."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kb.accounts import tokens
from kb.accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in (b"bearer", b"token"):
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send one token: Authorization: Bearer <token>.")
        now = timezone.now()
        token = tokens.holder(words[1].decode("latin-1"), now)
        if token is None:
            raise AuthenticationFailed(
                "This token is unknown, revoked or expired. Make one under Settings, "
                "or with: manage.py token USER."
            )
        tokens.note_use(token, now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="twiceshy"'
