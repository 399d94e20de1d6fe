from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.mailserver import Postbox, mail_server


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    """A real SMTP server that this site sends through."""
    with mail_server() as (box, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.DEFAULT_FROM_EMAIL = "Twiceshy <twiceshy@example.net>"
        yield box
