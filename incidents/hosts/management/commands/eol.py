"""The end-of-life catalogue from the command line: what is in force, a product, a newer one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from incidents.facts.eol import Cycle
from incidents.facts.eol_update import EolChange
from incidents.facts.errors import FactsError
from incidents.hosts import catalogue as room
from incidents.hosts.lifetimes import entitlements, lookup, newest_first

SHOWN = 60


class Command(BaseCommand):
    help = "The end-of-life catalogue: eol status, eol show debian, eol update FILE."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="status|show|update")
        ways.add_parser("status", help="which catalogue is in force, and whose paid support counts")
        show = ways.add_parser("show", help="every release of a product, with its dates")
        show.add_argument("name", help="such as debian, PostgreSQL or rhel")
        newer = ways.add_parser(
            "update", help="put newer dates in force, from a file of endoflife.date"
        )
        newer.add_argument("file", type=Path, help="an answer of its API, saved as JSON")
        newer.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['way']}")(options)

    def _status(self, options: dict[str, Any]) -> None:
        known = room.catalogue()
        self.stdout.write(
            f"{len(known.products)} products, as of {known.snapshot}. {known.attribution}"
        )
        if wrong := room.problem():
            self.stdout.write(f"A newer one is there and cannot be used: {wrong}")
        for name, title, doubt in entitlements():
            self.stdout.write(f"paid support counts: {name} ({title}){f': {doubt}' * bool(doubt)}")

    def _show(self, options: dict[str, Any]) -> None:
        product = lookup(options["name"])
        if product is None:
            raise CommandError(
                f"The catalogue knows no {options['name']!r}. Names are those of endoflife.date."
            )
        self.stdout.write(f"{product.title} ({product.name}), as of {room.catalogue().snapshot}")
        for cycle in newest_first(product):
            self.stdout.write(_line(cycle, free=product.extended_free))

    def _update(self, options: dict[str, Any]) -> None:
        dry = bool(options["dry_run"])
        try:
            done = room.update(options["file"], now=timezone.now(), dry_run=dry)
        except FactsError as error:
            said = "\n".join(f"{where}: {what}" if where else what for where, what in error.errors)
            raise CommandError(f"{said}\nThe catalogue in force stays as it is.") from None
        self._told(done.changes)
        if done.ignored:
            self.stdout.write(f"{done.ignored} products in the file are not followed here.")
        verb = "would be" if dry else "is"
        self.stdout.write(f"The catalogue of {done.snapshot} {verb} in force for every process.")
        if done.changes and not dry:
            self.stdout.write("The fleet is being asked again with it.")

    def _told(self, changes: Iterable[EolChange]) -> None:
        """Dates one by one; of newer patches only how many."""
        patches = [one for one in changes if one.what.startswith("latest")]
        others = [one for one in changes if not one.what.startswith("latest")]
        for one in others[:SHOWN]:
            self.stdout.write(one.in_words())
        if len(others) > SHOWN:
            self.stdout.write(f"and {len(others) - SHOWN} more")
        if patches:
            self.stdout.write(f"{len({(o.product, o.cycle) for o in patches})} newer patches")
        if not others and not patches:
            self.stdout.write("It says nothing new.")


def _line(cycle: Cycle, *, free: bool) -> str:
    words: dict[Any, str] = {True: "over", False: "not over", None: "end not stated"}
    end = words.get(cycle.end, cycle.end)
    said = f"  {cycle.name:12} since {cycle.released}  until {end}"
    if cycle.extended:
        said += f"  extended{' (free)' if free else ''} until {cycle.extended}"
    return said
