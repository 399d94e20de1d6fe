"""``manage.py token USER``: a new token, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kb.accounts import tokens
from kb.accounts.models import User


class Command(BaseCommand):
    help = "Make a token for somebody and print it; only its digest is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--name", default="command line", help="what it is for")
        parser.add_argument("--days", type=int, help="ends after so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']!r}.")
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days is a number from 1 on.")
        ends = timezone.now() + timedelta(days=days) if days else None
        _, secret = tokens.issue(user, name=options["name"], expires_at=ends)
        self.stdout.write(secret)
