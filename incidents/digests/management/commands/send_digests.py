"""``manage.py send_digests``: what beat does every minute, by hand and for any moment."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.digests import deliver, mail, queue
from incidents.digests.compose import compose
from incidents.digests.models import Subscription


class Command(BaseCommand):
    help = "Send every weekly risk mail that is due, or show what would be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", metavar="TIME", help="as if it were then (ISO 8601)")
        parser.add_argument("--dry-run", action="store_true", help="print, send and store nothing")
        parser.add_argument("--user", metavar="USER", help="only this person's subscriptions")

    def handle(self, *args: Any, **options: Any) -> None:
        now = self._moment(options["at"])
        subscriptions = self._subscriptions(options["user"])
        if options["dry_run"]:
            return self._show(now, subscriptions)
        outcome = deliver.send_all(now, subscriptions)
        said = ", ".join(f"{count} {state}" for state, count in sorted(outcome.items()))
        self.stdout.write(said or "Nothing is due.")
        if outcome.get("failed") or outcome.get("broken"):
            raise CommandError("Not every mail went out: see Digests in the browser, or the log.")
        return None

    def _moment(self, text: str | None) -> datetime:
        if text is None:
            return timezone.now()
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
        if moment is None:
            raise CommandError(f"--at {text!r} is not a time. Write it like 2026-11-23T09:00:00Z.")
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def _subscriptions(self, username: str | None) -> list[Subscription] | None:
        active = Subscription.objects.filter(active=True).select_related("user", "team")
        if username is None:
            return None
        found = list(active.filter(user__username=username))
        if not found:
            raise CommandError(f"{username!r} has no active subscription.")
        return found

    def _show(self, now: datetime, subscriptions: list[Subscription] | None) -> None:
        due = queue.find_due(now, subscriptions)
        for one in due:
            content = compose(one.subscription, one.week)
            letter = mail.write(content, unsubscribe=mail.unsubscribe_url(one.subscription))
            who = one.subscription.user or one.subscription.team
            silent = not content.changed and not one.subscription.always
            self.stdout.write(f"== {who}, {one.week.label}: {letter.subject}")
            self.stdout.write("(nothing changed: would not be sent)\n" if silent else letter.text)
        self.stdout.write(f"{len(due)} due; nothing was sent.")
