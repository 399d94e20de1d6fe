"""A real SMTP server on loopback that accepts, refuses, or drops the line, as a test says."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postbox:
    """aiosmtpd's handler: keeps what it accepts; ``answers`` are given first, one a mail.

    An answer is an SMTP reply (``"451 later"``), ``DROP``, which closes the line after the final
    dot without a word, or ``HANG_UP``, which closes it before: then nothing was taken.
    ``envelopes`` are the senders' addresses on the envelope.
    """

    DROP = "drop"
    HANG_UP = "hang up"

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.envelopes: list[str] = []
        self.answers: list[str] = []
        self.refused_recipients: dict[str, str] = {}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def answer(self, recipients: list[str]) -> str:
        """What the next mail is answered."""
        return self.answers.pop(0) if self.answers else "250 kept"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answer(envelope.rcpt_tos)
        if answer.startswith("250") or answer == self.DROP:
            content = envelope.content
            assert isinstance(content, bytes)
            message: Any = message_from_bytes(content, policy=policy.default)
            self.accepted.append(message)
            self.recipients += envelope.rcpt_tos
            self.envelopes.append(envelope.mail_from or "")
        if answer in (self.DROP, self.HANG_UP):
            assert server.transport is not None
            server.transport.close()
        return answer


@contextmanager
def mail_server(
    host: str = "127.0.0.1", *, postbox: Postbox | None = None, port: int = 0
) -> Iterator[tuple[Postbox, int]]:
    """The postbox and the port of a running server."""
    postbox = postbox or Postbox()
    port = port or free_port()
    controller = Controller(postbox, hostname=host, port=port)
    controller.start()
    try:
        yield postbox, port
    finally:
        controller.stop()
