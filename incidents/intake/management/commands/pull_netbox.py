"""``manage.py pull_netbox``: sites, devices and virtual machines; repeat it as you like."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.intake.netbox import pull
from incidents.intake.netbox.client import NetBoxError


class Command(BaseCommand):
    help = "Take in what NetBox says (NETBOX_URL, NETBOX_TOKEN); says a line for each object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="only what was refused, and sums")

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = options["quiet"]
        try:
            done = pull.run(pull.client(), timezone.now(), told=self._tell)
        except (NetBoxError, pull.AlreadyPulling) as error:
            raise CommandError(f"{error} What was taken in before stays; run it again.") from None
        self.stdout.write(f"{pull.summary(done)}.")

    def _tell(self, rows: Sequence[pull.Row]) -> None:
        for row in rows:
            if not row.ok:
                self.stderr.write(f"{row.key} {row.name}: refused: {row.result}")
            elif not self.quiet:
                self.stdout.write(f"{row.key} {row.name}: {row.result}")
