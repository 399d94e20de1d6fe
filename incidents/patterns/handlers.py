"""What this room does about rows of the outbox; every handler bears to be called again."""

from datetime import datetime

from django.utils import timezone

from incidents.hosts import shelf_lives
from incidents.patterns import counting, coverage, dependants, previews, sweeps
from incidents.patterns.models import Sweep
from incidents.patterns.tasks import begin_sweep
from kb.outbox.handlers import NotNow, handlers
from kb.outbox.models import OutboxRow
from kb.outbox.post import post


def judge(rows: list[OutboxRow]) -> None:
    """Judge whoever depends on these hosts."""
    dependants.judge_dependants(rows, timezone.now())


def judge_peers(rows: list[OutboxRow]) -> None:
    """The shares of these environments moved."""
    dependants.judge_peers([row.key for row in rows], timezone.now())


def judge_pattern(rows: list[OutboxRow]) -> None:
    """These patterns were changed or switched on."""
    dependants.judge_pattern([row.key for row in rows], timezone.now())


def judge_section(rows: list[OutboxRow]) -> None:
    """Something changed that every host sees in these derived sections."""
    dependants.judge_section(row.key for row in rows)


def maintenance_over(rows: list[OutboxRow]) -> None:
    """A window has ended by itself: the host, and who looks at it, is judged again."""
    for row in rows:
        post(dependants.TOPIC, str(row.payload["host"]), {"itself": True})


def preview(rows: list[OutboxRow]) -> None:
    """Ask the fleet what these wordings would say."""
    for row in rows:
        previews.work(row.key)


def sweep(rows: list[OutboxRow]) -> None:
    """Begin the sweeps that were asked for and not stopped since."""
    wanted = Sweep.objects.filter(pk__in=[row.key for row in rows], state__in=sweeps.UNDER_WAY)
    for one in wanted:
        begin_sweep(str(one.pk))


def count(rows: list[OutboxRow]) -> None:
    """Somebody looked at the coverage while more had moved than could be counted at once."""
    coverage.coverage(seconds=None)


def judge_all(rows: list[OutboxRow]) -> None:
    """A shelf life was changed: sweep the fleet, unless one has begun since."""
    since = max(datetime.fromisoformat(row.payload["since"]) for row in rows)
    try:
        sweeps.start(now=timezone.now(), why="shelf lives")
    except sweeps.SweepUnderWay as busy:
        if busy.sweep.moment < since:
            raise NotNow("a sweep with the old shelf lives is under way") from None


handlers.register(dependants.TOPIC, judge)
handlers.register(shelf_lives.TOPIC, judge_all)
handlers.register(counting.TOPIC, count)
handlers.register(dependants.PEERS_TOPIC, judge_peers)
handlers.register(dependants.PATTERN_TOPIC, judge_pattern)
handlers.register(dependants.SECTION_TOPIC, judge_section)
handlers.register("maintenance-over", maintenance_over)
handlers.register(sweeps.TOPIC, sweep)
handlers.register(previews.TOPIC, preview)
