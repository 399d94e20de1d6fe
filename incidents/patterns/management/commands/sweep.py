"""Ask every pattern of every host, from the command line."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from incidents.patterns import sweeps
from incidents.patterns.models import Sweep, SweepState

AHEAD = timedelta(minutes=5)


class Command(BaseCommand):
    help = "Sweep: ask every pattern of every host. An interrupted sweep is taken up again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--inline", action="store_true", help="do it here and now instead of asking the worker"
        )
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="as of a past moment, such as 2026-11-23T02:00Z (implies --inline)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = _moment(options["at"]) if options["at"] else timezone.now()
        inline = bool(options["inline"] or options["at"])
        try:
            sweep = sweeps.start(now=moment, background=not inline)
        except sweeps.SweepUnderWay as busy:
            sweep = busy.sweep
            if options["at"] and sweep.moment != moment:
                raise CommandError(
                    "Another sweep is under way. Let it finish, or cancel it at "
                    f"/sweeps/{sweep.pk}/."
                ) from None
            self.stdout.write(
                f"Taking up the sweep begun at {sweep.created_at:%Y-%m-%d %H:%M} UTC."
            )
        if not inline:
            self.stdout.write(f"The worker does it; follow it at /sweeps/{sweep.pk}/.")
            return
        self._run(sweep)

    def _run(self, sweep: Sweep) -> None:
        sweep = sweeps.run(sweep, timezone.now, self._progress)
        if self.stdout.isatty():
            self.stdout.write("")
        if sweep.state != SweepState.DONE:
            self.stdout.write(
                f"The sweep is {sweep.state}; somebody else may still be working on it."
            )
            return
        self.stdout.write(
            f"{sweep.hosts_total} hosts, {sweep.patterns_total} patterns: "
            f"{sweep.opened} flags opened, {sweep.resolved} resolved."
        )
        for slug, error in sweep.broken.items():
            self.stderr.write(f"{slug} is broken: {error}")

    def _progress(self, done: int, total: int) -> None:
        end = "\r" if self.stdout.isatty() else "\n"
        self.stdout.write(f"{done} of {total} hosts", ending=end)
        self.stdout.flush()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text}: a time looks like 2026-11-23T02:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > timezone.now() + AHEAD:
        raise CommandError(
            "--at lies ahead. A sweep keeps what it finds, and nobody knows the facts of that day."
        )
    return moment
