"""``manage.py drain_outbox``: do now what waits, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kb.outbox.drain import drain, parked
from kb.outbox.models import OutboxRow
from kb.web.words import count


class Command(BaseCommand):
    help = "Do what the outbox remembers, here and now (a worker does so by itself)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--topic", help="only this topic")
        parser.add_argument(
            "--again", action="store_true", help="try rows that failed without further rest"
        )

    def handle(self, *args: Any, topic: str | None, again: bool, **options: Any) -> None:
        if again:
            OutboxRow.objects.filter(attempts__gt=0).update(not_before=None, attempts=0)
        done = failed = 0
        while True:
            drained = drain(topic)
            done, failed = done + drained.done, failed + drained.failed
            if not drained.more:
                break
        self.stdout.write(f"{count(done, 'row')} done, {failed} failed.")
        for row in parked().order_by("pk")[:20]:
            self.stdout.write(f"  {row}: {row.last_error}")
