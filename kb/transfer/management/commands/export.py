"""``manage.py export DIR``: pages, incidents and lessons as Markdown with their files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kb.accounts.models import User
from kb.transfer.outgoing import write_folder


class Command(BaseCommand):
    help = "Write everything that people wrote into a folder, as Markdown with front matter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--as", dest="reader", metavar="USER", help="only what this person may see"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        reader = None
        if options["reader"]:
            reader = User.objects.filter(username=options["reader"]).first()
            if reader is None:
                raise CommandError(f"There is nobody called {options['reader']!r}.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        count = 0
        for count, path in enumerate(write_folder(folder, reader), 1):
            if options["verbosity"] > 1:
                self.stdout.write(path)
            elif count % 500 == 0:
                self.stdout.write(f"{count} files …")
        self.stdout.write(f"{count} files in {folder}.")
