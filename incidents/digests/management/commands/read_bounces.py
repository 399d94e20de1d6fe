"""``manage.py read_bounces``: mail that came back, from wherever it lies."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.digests import bounces, mailboxes


class Command(BaseCommand):
    help = "Read returned mail and note it at the mails it is about. Doing it twice is once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "mailbox",
            nargs="?",
            default="",
            help="an mbox file, a Maildir, imaps://user:password@host/INBOX; or BOUNCE_MAILBOX",
        )
        parser.add_argument("--remove", action="store_true", help="delete what was read")

    def handle(self, *args: Any, **options: Any) -> None:
        where = options["mailbox"] or settings.BOUNCE_MAILBOX
        if not where:
            raise CommandError("Name a mailbox, or set BOUNCE_MAILBOX.")
        did: Counter[str] = Counter()
        now = timezone.now()
        try:
            count = mailboxes.read(
                where,
                lambda raw: did.update([bounces.note(raw, now).did]),
                remove=options["remove"],
            )
        except mailboxes.Unreadable as error:
            raise CommandError(str(error)) from None
        said = ", ".join(f"{n} {word}" for word, n in sorted(did.items()))
        self.stdout.write(f"{count} read{': ' + said if said else ''}.")
