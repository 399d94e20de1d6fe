"""What the worker does by itself: ask NetBox, and forget uploads nobody said yes to."""

import logging

from celery import shared_task
from django.utils import timezone

from incidents.intake.netbox import pull
from incidents.intake.netbox.client import NetBoxError
from incidents.intake.uploads import forget_old

log = logging.getLogger(__name__)


@shared_task
def pull_netbox_when_due() -> None:
    """Ask NetBox once a day or as set; a broken pull goes on where it stopped."""
    now = timezone.now()
    if not pull.is_due(now):
        return
    try:
        pull.run(pull.client(), now)
    except pull.AlreadyPulling:
        return
    except NetBoxError as error:
        log.warning("NetBox could not be pulled: %s", error)


@shared_task
def forget_uploads() -> None:
    """Uploads wait for a day."""
    forget_old(timezone.now())
