"""Where the index lives: generations in folders of their own, and a link to the current one.

An index holds pickles, so its folder must be trusted: mode 0700, written by nobody else, never
restored from what a user sends.
"""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kb.search.backends.base import MEND, IndexBusy, IndexUnavailable
from kb.search.cut import VERSION

_LABEL = "twiceshy.json"
_DAMAGED = "damaged"
_EVERY = 0.05  # seconds between two tries at the lock


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that ``SEARCH_URL`` names."""

    root: Path

    def current(self) -> Path:
        """The folder of the index in force.  Raises ``IndexUnavailable``."""
        try:
            path = self.root / self._link.readlink()
            label = json.loads((path / _LABEL).read_text())
        except FileNotFoundError:
            raise IndexUnavailable(f"There is no index yet: {MEND}") from None
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"The index can't be read ({error}): {MEND}") from error
        if label.get("version") != VERSION:
            raise IndexUnavailable(f"The index was made by another version of Twiceshy: {MEND}")
        return path

    def age(self) -> timedelta:
        """How long ago the current generation was made.  Raises ``IndexUnavailable``."""
        label = json.loads((self.current() / _LABEL).read_text())
        return datetime.now(UTC) - datetime.fromisoformat(label["made"])

    def condemn(self, path: Path, why: str) -> None:
        """Note for every process that this generation gives wrong or no answers."""
        with suppress(OSError):  # a full disk, or a generation that is gone by now
            (path / _DAMAGED).write_text(why[:500])

    def complaint(self) -> str | None:
        """What ``condemn`` noted of the current generation.  Raises ``IndexUnavailable``."""
        try:
            why = (self.current() / _DAMAGED).read_text()
        except OSError:
            return None
        return f"Part of the index can't be read ({why}): {MEND}"

    @contextmanager
    def lock(self, wait: float) -> Iterator[None]:
        """Be the only writer.  The system gives the lock back when its holder dies."""
        self._prepare()
        handle = os.open(self.root / "write.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _acquire(handle, time.monotonic() + wait)
            yield
        finally:
            os.close(handle)

    def fresh(self) -> Path:
        """An empty folder for a new generation."""
        path = self._generations / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        path.mkdir(mode=0o700)
        return path

    def swap(self, path: Path) -> None:
        """Put a finished generation in force; call it under the lock.

        Readers that are just opening the one before still find it; older ones, and what
        unfinished rebuilds left behind, are removed.
        """
        label = {"version": VERSION, "made": datetime.now(UTC).isoformat()}
        (path / _LABEL).write_text(json.dumps(label))
        before = self._link.readlink().name if self._link.is_symlink() else ""
        new = self.root / f"current.{path.name}"
        new.symlink_to(path.relative_to(self.root), target_is_directory=True)
        new.replace(self._link)
        for old in self._generations.iterdir():
            if old.name not in (path.name, before):
                shutil.rmtree(old, ignore_errors=True)

    @property
    def _link(self) -> Path:
        return self.root / "current"

    @property
    def _generations(self) -> Path:
        return self.root / "generations"

    def _prepare(self) -> None:
        self._generations.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.root, self._generations):
            with suppress(PermissionError):  # not ours: doctor says so, search still works
                folder.chmod(0o700)


def _acquire(handle: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise IndexBusy("The index is being written by another process.") from None
            time.sleep(_EVERY)
