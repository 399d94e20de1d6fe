"""What this room reports to ``doctor``: is there a library, and was the fleet swept lately?

Neither keeps the service from being ready: pages and doors work without.
"""

from incidents.patterns import compiled
from incidents.patterns.models import Sweep, SweepState
from kb.web.health import Health, health_checks


def library() -> Health:
    """How many patterns are on, and which of them no longer compile."""
    found = compiled.enabled()
    if found.broken:
        return Health(True, f"{len(found.ready)} patterns; broken: {', '.join(found.broken)}")
    if not found.ready:
        return Health(True, "no pattern is on; `manage.py load_patterns` loads the shipped ones")
    return Health(True, f"{len(found.ready)} patterns")


def sweep() -> Health:
    """When every host was last asked."""
    last = Sweep.objects.filter(state=SweepState.DONE).order_by("-finished_at").first()
    if last is None or last.finished_at is None:
        return Health(True, "no sweep yet; the first one comes within minutes of a start")
    return Health(True, f"last {last.finished_at:%Y-%m-%d %H:%M} UTC, {last.hosts_total} hosts")


health_checks.register("patterns", library)
health_checks.register("sweep", sweep)
