"""Load the shipped patterns."""

from typing import Any

from django.core.management.base import BaseCommand

from incidents.patterns.shipped import load_shipped


class Command(BaseCommand):
    help = "Load the shipped patterns; what a team changed stays as it is. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_shipped()
        if options["verbosity"] == 0:
            return
        self.stdout.write(
            f"Patterns: {len(loaded.created)} new, {len(loaded.upgraded)} upgraded, "
            f"{len(loaded.unchanged)} as they were."
        )
        for slug in loaded.waiting:
            self.stdout.write(
                f"{slug}: yours differs from the shipped one and was left alone; "
                f"its page shows the difference."
            )
