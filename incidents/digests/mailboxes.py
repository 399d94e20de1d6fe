"""Where returned mail lies: an mbox, a Maildir, a mailbox of an IMAP server.

Each is read message by message; what was read is marked only after it was noted, so a process
that dies in between reads it again, which changes nothing.
"""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from incidents.digests.bounces import LARGEST

Take = Callable[[bytes], None]
SECONDS = 20


class Unreadable(Exception):
    """There is no such mailbox, or it could not be opened."""


def read(where: str, take: Take, *, remove: bool = False) -> int:
    """Hand every message at ``where`` to ``take``; how many there were.

    ``where`` is a path, or an address beginning with mbox:, maildir:, imap:// or imaps://.  With
    ``remove`` they are deleted once they are taken; IMAP's are marked as seen in any case.
    """
    if where.startswith(("imap://", "imaps://")):
        return _imap(where, take, remove=remove)
    kind, _, path = where.rpartition(":")
    place = Path(path)
    if not place.exists():
        raise Unreadable(f"{path} is not there.")
    as_maildir = kind == "maildir" or (not kind and place.is_dir())
    box: mailbox.Mailbox = (
        mailbox.Maildir(place, create=False) if as_maildir else mailbox.mbox(place, create=False)
    )
    return _local(box, take, remove=remove)


def _local(box: mailbox.Mailbox, take: Take, *, remove: bool) -> int:
    count = 0
    box.lock()
    try:
        for key in list(box.keys()):
            raw = box.get_bytes(key)
            if len(raw) <= LARGEST:
                take(raw)
            count += 1
            if remove:
                box.remove(key)
        box.flush()
    finally:
        box.unlock()
        box.close()
    return count


def _imap(where: str, take: Take, *, remove: bool) -> int:
    with _signed_in(where) as client:
        _, (found, *_) = client.uid("SEARCH", "UNSEEN")
        numbers = (found or b"").decode().split()
        for number in numbers:
            _, answer = client.uid("FETCH", number, "(BODY.PEEK[])")
            raw = next((part[1] for part in answer if isinstance(part, tuple)), b"")
            if len(raw) <= LARGEST:
                take(raw)
            flags = r"(\Seen \Deleted)" if remove else r"(\Seen)"
            client.uid("STORE", number, "+FLAGS", flags)
        if remove and numbers:
            client.expunge()
        return len(numbers)


@contextmanager
def _signed_in(where: str) -> Iterator[imaplib.IMAP4]:
    url = urlsplit(where)
    host, secure = url.hostname or "localhost", url.scheme == "imaps"
    try:
        client: imaplib.IMAP4 = (
            imaplib.IMAP4_SSL(
                host, url.port or 993, ssl_context=ssl.create_default_context(), timeout=SECONDS
            )
            if secure
            else imaplib.IMAP4(host, url.port or 143, timeout=SECONDS)
        )
        client.login(unquote(url.username or ""), unquote(url.password or ""))
        done, said = client.select(unquote(url.path.lstrip("/")) or "INBOX")
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unreadable(f"{host}: {error}") from error
    if done != "OK":
        raise Unreadable(f"{host}: {said!r}")
    try:
        yield client
    finally:
        client.logout()
