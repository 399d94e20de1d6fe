"""``manage.py import_facts PATH…``: files, directories of files, or standard input."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.facts.bounds import MAX_BYTES
from incidents.facts.errors import FactsError
from incidents.facts.readers import (
    FORMATS,
    Report,
    files_in,
    is_table,
    read,
    read_file,
    read_rows,
    table,
    time_of,
)  # fmt: skip
from incidents.hosts.again import Again
from incidents.intake.reading import CHUNK, Body, fingerprint, read_or_recognise
from incidents.intake.take import Taken, take_many, taken_back


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

        parser.add_argument(
            "--column", action="append", default=[], metavar="HEADING=MEANING",
            help=f"what a column of a CSV list means ({', '.join(table.TARGETS)})",
        )  # fmt: skip
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="a list of hosts wins over what people wrote down",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.arrived_at = timezone.now()
        self.options = options
        self.observed_at = _moment(options["observed_at"])
        self.columns = _columns(options["column"])
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

    def _reports(self, paths: list[str]) -> Iterator[tuple[str, Report | Again]]:
        """Every report with the name of its file; files that can't be read are told and passed."""
        for name, one in read_or_recognise(self._bodies(paths)):
            if isinstance(one, FactsError):
                self._refuse(name, str(one))
            else:
                yield name, one

    def _bodies(self, paths: list[str]) -> Iterator[tuple[str, Body | FactsError]]:
        """Each file as it lies there, and the lines of those that are lists."""
        for name, file in self._sources(paths):
            body, written = _start(file)
            if not self._is_list(file, body):
                yield name, self._body(file, body, written)
                continue
            try:
                for line, one in self._lines(body):
                    yield f"{name} line {line}", one
            except FactsError as error:
                yield name, error

    def _take(self, chunk: list[tuple[str, Report | Again]]) -> None:
        reports = [report for _, report in chunk]
        take = self._rehearse if self.options["dry_run"] else self._store
        for (name, _), done in zip(chunk, take(reports), strict=True):
            if isinstance(done, FactsError):
                self._refuse(name, str(done))
            else:
                self._tell(done)

    def _store(self, reports: list[Report | Again]) -> list[Taken | FactsError]:
        return take_many(
            reports,
            arrived_at=self.arrived_at,
            judge=not self.options["later"],
            overwrite=self.options["overwrite"],
        )

    def _rehearse(self, reports: list[Report | Again]) -> list[Taken | FactsError]:
        with taken_back():
            return self._store(reports)

    def _lines(self, body: bytes) -> Iterator[tuple[int, Body | FactsError]]:
        """The lines of a CSV list, each read as far as it can be."""
        rows = read_rows(
            body.decode("utf-8-sig", "replace"),
            arrived_at=self.arrived_at,
            mapping=self.columns,
            source=self.options["source"],
            observed_at=self.observed_at,
        )
        for line, one in rows:
            yield line, one if isinstance(one, FactsError) else Body(b"", partial(list, [one]), "")

    def _is_list(self, file: Path | None, body: bytes) -> bool:
        """A CSV list may be told by its name, or by what is said of its columns."""
        format_ = self.options["format"]
        named = file is not None and file.suffix.lower() in (".csv", ".tsv")
        said = self.columns is not None and not body.lstrip().startswith((b"{", b"["))
        return is_table(body, table.NAME if format_ == "auto" and (named or said) else format_)

    def _body(self, file: Path | None, body: bytes, written: datetime | None) -> Body:
        said: dict[str, Any] = {
            "format": self.options["format"],
            "host": self.options["host"],
            "source": self.options["source"],
            "observed_at": self.observed_at,
        }
        wanted = said | {"arrived_at": self.arrived_at}
        if file is None:
            return Body(body, partial(read, body, **wanted), fingerprint(body, **said))
        if not body:  # empty, or nobody may read it: whoever reads a file says which
            return Body(body, partial(read_file, file, **wanted), "")
        wanted |= {"file_name": file.name, "file_time": written}
        return Body(body, partial(read, body, **wanted), fingerprint(body, file=file.name, **said))

    def _tell(self, taken: Taken) -> None:
        done = taken.ingested
        self.hosts += 1
        self.changed += bool(done.changed or taken.written)
        said = f"{done.host.name}: {'new; ' if done.created else ''}"
        changed = [*done.changed, *taken.written]
        said += f"changed {', '.join(changed)}" if changed else "nothing changed"
        if taken.pending:
            said += "; flags pending"
        for word, flags in (("opened", taken.opened), ("resolved", taken.resolved)):
            if flags:
                said += f"; {word} {', '.join(flag['pattern'] for flag in flags)}"
        if done.observed_from != "report":
            said += f" (time from {done.observed_from})"
        self.stdout.write(said)
        for note in done.notes if changed else ():
            self.stdout.write(f"  note: {note}")

    def _refuse(self, name: str, why: str) -> None:
        self.refused += 1
        self.stderr.write(f"{name}: refused: {why}")


def _start(file: Path | None) -> tuple[bytes, datetime | None]:
    """As much of a file as may be read, and when it was written; nothing where it can't be."""
    if file is None:
        return sys.stdin.buffer.read(MAX_BYTES + 1), None
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1), time_of(file)
    except OSError:
        return b"", None


def _columns(said: list[str]) -> dict[str, str] | None:
    """What was said of columns; None leaves it to the headings."""
    found = {}
    for one in said:
        heading, sign, meaning = one.rpartition("=")
        if not sign or not heading:
            raise CommandError(f"--column {one!r}: write HEADING=MEANING, such as Hostname=name.")
        found[heading] = meaning
    return found or None


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
