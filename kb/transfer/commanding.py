"""What the commands of an import share: arguments, progress, a line per file, a sum."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kb.accounts.models import User
from kb.transfer.incoming import BROKEN, SAME, Result, markdown_in

Import = Callable[..., Iterator[Result]]


class ImportCommand(BaseCommand):
    """A subclass says what ``import_files(root, by=…, dry=…)`` is."""

    import_files: Import

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change")
        parser.add_argument("--by", metavar="USER", help="who is said to have written it")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["folder"]
        if not root.is_dir():
            raise CommandError(f"{root} is no folder.")
        by = _person(options["by"])
        total, states = len(markdown_in(root)), Counter[str]()
        dry = bool(options["dry_run"])
        for number, result in enumerate(type(self).import_files(root, by=by, dry=dry), 1):
            states[result.state] += 1
            self._say(result, number, total, options["verbosity"])
        said = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        nothing = "; nothing was stored" if dry else ""
        self.stdout.write(f"{total} files: {said or 'nothing to do'}{nothing}.")
        if states[BROKEN]:
            raise CommandError("Some files could not be taken in; the others are. See above.")

    def _say(self, result: Result, number: int, total: int, verbosity: int) -> None:
        if verbosity == 0 or (result.state == SAME and not result.notes and verbosity < 2):
            return
        notes = f" ({'; '.join(result.notes)})" if result.notes else ""
        key = f" → {result.key}" if result.key else ""
        line = f"[{number}/{total}] {result.state:7} {result.path}{key}{notes}"
        out = self.stderr if result.state == BROKEN else self.stdout
        out.write(line)


def _person(name: str | None) -> User | None:
    if name is None:
        return None
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is nobody called {name!r}.")
    return found
