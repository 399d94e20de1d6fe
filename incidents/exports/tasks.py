"""Beat looks every five seconds whether a webhook has something to be told."""

from celery import shared_task
from django.utils import timezone

from incidents.exports import deliver


@shared_task
def send_due() -> int:
    """Send what waits; how many deliveries the receivers took."""
    return deliver.send_due(timezone.now())


@shared_task
def tidy() -> int:
    """Forget deliveries that were over a month ago."""
    return deliver.tidy(timezone.now())
