"""``manage.py import_facts PATH…``: files, directories of files, or standard input."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.facts.bounds import MAX_BYTES
from incidents.facts.errors import FactsError
from incidents.facts.readers import FORMATS, Report, files_in, read, read_file
from incidents.intake.take import Taken, take_many

#: So many reports are stored and judged at once.
CHUNK = 50


class Rehearsed(Exception):
    """Ends the transaction of a dry run."""


class Command(BaseCommand):
    help = "Take in fact files; says a line for each host. Repeat it as often as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a file, a directory of files, or - for stdin"
        )
        parser.add_argument("--format", default="auto", choices=["auto", *sorted(FORMATS)])
        parser.add_argument("--host", help="the host it is about (one file only)")
        parser.add_argument("--source", help="who says it; default: the format's name")
        parser.add_argument(
            "--observed-at", metavar="TIME", help="when it was seen, where the file does not say"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change")
        parser.add_argument(
            "--later", action="store_true", help="store only; the background judges the flags"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.arrived_at = timezone.now()
        self.options = options
        self.observed_at = _moment(options["observed_at"])
        self.hosts, self.changed, self.refused = 0, 0, 0
        waiting = self._reports(options["paths"])
        while chunk := list(islice(waiting, CHUNK)):
            self._take(chunk)
        said = f"{self.hosts} reports, {self.changed} changed something, {self.refused} refused"
        self.stdout.write(f"{said}{'; nothing was stored' if options['dry_run'] else ''}.")
        if self.refused:
            raise CommandError("Some files were refused; the others are in. See above.")

    def _sources(self, paths: list[str]) -> Iterator[tuple[str, Any]]:
        for text in paths:
            if text == "-":
                yield "standard input", None
                continue
            path = Path(text)
            if not path.exists():
                self._refuse(text, "There is no such file or directory.")
                continue
            for file in files_in(path):
                yield str(file), file

    def _reports(self, paths: list[str]) -> Iterator[tuple[str, Report]]:
        """Every report with the name of its file; files that can't be read are told and passed."""
        for name, file in self._sources(paths):
            try:
                reports = self._read(file)
            except FactsError as error:
                self._refuse(name, str(error))
            else:
                yield from ((name, report) for report in reports)

    def _take(self, chunk: list[tuple[str, Report]]) -> None:
        reports = [report for _, report in chunk]
        take = self._rehearse if self.options["dry_run"] else self._store
        for (name, _), done in zip(chunk, take(reports), strict=True):
            if isinstance(done, FactsError):
                self._refuse(name, str(done))
            else:
                self._tell(done)

    def _store(self, reports: list[Report]) -> list[Taken | FactsError]:
        later = self.options["later"]
        return take_many(reports, arrived_at=self.arrived_at, judge=not later)

    def _rehearse(self, reports: list[Report]) -> list[Taken | FactsError]:
        rehearsal: list[Taken | FactsError] = []
        try:
            with transaction.atomic():
                rehearsal = self._store(reports)
                raise Rehearsed
        except Rehearsed:
            return rehearsal

    def _read(self, file: Path | None) -> list[Report]:
        wanted: dict[str, Any] = {
            "arrived_at": self.arrived_at,
            "format": self.options["format"],
            "host": self.options["host"],
            "source": self.options["source"],
            "observed_at": self.observed_at,
        }
        if file is None:
            return read(sys.stdin.buffer.read(MAX_BYTES + 1), **wanted)
        return read_file(file, **wanted)

    def _tell(self, taken: Taken) -> None:
        done = taken.ingested
        self.hosts += 1
        self.changed += bool(done.changed)
        said = f"{done.host.name}: {'new; ' if done.created else ''}"
        said += f"changed {', '.join(done.changed)}" if done.changed else "nothing changed"
        if taken.pending:
            said += "; flags pending"
        for word, flags in (("opened", taken.opened), ("resolved", taken.resolved)):
            if flags:
                said += f"; {word} {', '.join(flag['pattern'] for flag in flags)}"
        if done.observed_from != "report":
            said += f" (time from {done.observed_from})"
        self.stdout.write(said)
        for note in done.notes if done.changed else ():
            self.stdout.write(f"  note: {note}")

    def _refuse(self, name: str, why: str) -> None:
        self.refused += 1
        self.stderr.write(f"{name}: refused: {why}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--observed-at {text!r} is not a time. Write 2026-11-23T02:00:00Z.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
