"""Beat asks every minute; each subscriber's clock decides."""

from celery import shared_task
from django.utils import timezone

from incidents.digests import deliver


@shared_task
def send_due() -> None:
    """Prepare and send every mail whose hour has come."""
    deliver.send_all(timezone.now())
