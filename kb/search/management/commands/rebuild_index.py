"""``manage.py rebuild_index``: make the search index anew, while readers go on reading the old."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import IndexBusy
from kb.web.words import count

EVERY = 0.2  # seconds between two movements of the bar
WIDTH = 30


class Command(BaseCommand):
    help = "Make the search index anew and put it in place of the old in one step."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-needed", action="store_true", help="only when there is none that could be used"
        )

    def handle(self, *args: Any, if_needed: bool, verbosity: int, **options: Any) -> None:
        problem = backend().problem()
        if if_needed and problem is None:
            return
        bar = _Bar(indexing.count_all(), sys.stderr.isatty() and verbosity > 0)
        started = time.monotonic()
        try:
            done = indexing.rebuild(bar.move)
        except IndexBusy as why:
            raise CommandError(f"{why} Try again in a minute; nothing was changed.") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. The index is as it was.") from None
        finally:
            bar.clear()
        if verbosity > 0:
            self.stdout.write(
                f"{count(done, 'document')} indexed in {time.monotonic() - started:.1f} s."
            )


class _Bar:
    """A bar on the terminal; nothing where nobody looks."""

    def __init__(self, total: int, shown: bool) -> None:
        self.total = max(total, 1)
        self.shown = shown
        self.last = 0.0

    def move(self, done: int) -> None:
        if not self.shown or time.monotonic() - self.last < EVERY:
            return
        self.last = time.monotonic()
        full = min(WIDTH, WIDTH * done // self.total)
        sys.stderr.write(f"\r[{'#' * full}{'.' * (WIDTH - full)}] {done:,} of {self.total:,}")
        sys.stderr.flush()

    def clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\033[K")
