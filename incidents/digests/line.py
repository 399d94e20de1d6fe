"""The line to the mail server: opened once for many mails, renewed before it grows old."""

from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

MOST = 50  # mails on one line: many servers allow a hundred
GOING_AWAY = 421  # RFC 5321: the service is closing the line; nothing of ours was taken


class Unreachable(Exception):
    """There is no line to be had: no fault of the mail, and no use trying the next one."""


class Line:
    """``with Line() as line: line.send(message)``."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.used = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, message: EmailMultiAlternatives) -> None:
        """Hand over one mail.  Raises ``Unreachable``, ``SMTPException`` or ``OSError``."""
        fresh = self.connection is None
        try:
            self._send(message)
        except SMTPResponseException as error:
            if error.smtp_code != GOING_AWAY or fresh:
                raise
            self._send(message)  # it had had enough of this line, and said so before our mail

    def close(self) -> None:
        if self.connection is not None:
            connection, self.connection = self.connection, None
            connection.close()

    def _send(self, message: EmailMultiAlternatives) -> None:
        if self.used >= MOST:
            self.close()
        if self.connection is None:
            self._open()
        try:
            self.connection.send_messages([message])
            self.used += 1
        except BaseException:
            self.close()  # what it would say next belongs to this mail
            raise
        if not isinstance(self.connection, EmailBackend):
            self.close()  # a file of its own for each

    def _open(self) -> None:
        connection = get_connection()
        try:
            connection.open()
        except (SMTPException, OSError) as error:
            raise Unreachable(f"The mail server: {type(error).__name__}: {error}") from error
        self.connection, self.used = connection, 0


def is_permanent(error: Exception) -> bool:
    """Whether trying again is useless: a 5xx to our message or recipient.

    One to our sender, name or password is a fault of the settings: mended, the mail may go.
    """
    if isinstance(error, SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, SMTPSenderRefused | SMTPAuthenticationError | SMTPHeloError):
        return False
    if isinstance(error, SMTPResponseException):
        return 500 <= error.smtp_code < 600
    return isinstance(error, ValueError)  # a header or an address that no server would take
