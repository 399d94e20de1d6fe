"""Let the history of facts grow old, as beat does every day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from incidents.hosts import compaction


class Command(BaseCommand):
    help = "Keep less of the history of facts the further back it lies, as the settings say."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much would go")

    def handle(self, *args: Any, **options: Any) -> None:
        dry = bool(options["dry_run"])
        done = compaction.compact(timezone.now(), dry_run=dry, progress=self._progress)
        if self.stdout.isatty():
            self.stdout.write("")
        verb = "would go" if dry else "went"
        self.stdout.write(f"{done.values} old values and {done.samples} old samples {verb}.")
        self.stdout.write(compaction.in_words())

    def _progress(self, done: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done}", ending="")
            self.stdout.flush()
