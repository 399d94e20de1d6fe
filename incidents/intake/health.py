"""What this room reports: does the pull from NetBox work?

It never keeps the service from being ready: hosts and doors work without.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from incidents.intake.models import Pull
from incidents.intake.netbox.pull import summary
from kb.web.health import Health, health_checks
from kb.web.words import duration


def netbox() -> Health:
    """How the last pull went, and whether the last good one was long ago."""
    if not settings.NETBOX_URL:
        return Health(True, "not set up (NETBOX_URL, NETBOX_TOKEN)")
    if not settings.NETBOX_TOKEN:
        return Health(True, "does not run: NETBOX_TOKEN is missing")
    last, now = Pull.objects.first(), timezone.now()
    if last is None:
        return Health(True, "was never asked yet; `manage.py pull_netbox` does it now")
    if last.error:
        # Strangers may read this at /readyz: why it failed names what is inside the network.
        return Health(True, "the last pull failed; the page /netbox/ says why")
    if last.finished_at is None:
        return Health(True, f"a pull is at work: {last.rows} objects so far")
    age = now - last.finished_at
    late = age > timedelta(hours=settings.NETBOX_HOURS * 2)
    said = f"{summary(last)}, {duration(age)} ago"
    return Health(True, f"late: {said}; is a worker running?" if late else said)


health_checks.register("netbox", netbox)
