"""``manage.py example load|remove``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.example.load import AlreadyLoaded, load
from incidents.example.remove import remove


class Command(BaseCommand):
    help = "Load the example fleet and its story, or remove it without a trace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["load", "remove"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "remove":
            self.stdout.write(f"Removed {remove()} things of the example; what is yours stays.")
            return
        try:
            load(timezone.now(), self._say if self.stdout.isatty() else lambda words: None)
        except AlreadyLoaded as error:
            raise CommandError(str(error)) from None
        if options["verbosity"]:
            self.stdout.write("The example is loaded. Remove it with: manage.py example remove")

    def _say(self, words: str) -> None:
        self.stdout.write(f"\r{words}", ending="")
        self.stdout.flush()
