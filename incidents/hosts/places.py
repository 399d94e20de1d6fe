"""Where the pages and calls of the things stand that can be kept up."""

from django.conf import settings
from django.urls import reverse

from incidents.hosts.kinds import FIELD, Subject
from incidents.hosts.models import Host


def name_of(subject: Subject) -> str:
    """What the thing is called in addresses."""
    return subject.name if isinstance(subject, Host) else subject.slug


def address_of(subject: Subject, page: str = "") -> str:
    """The thing's page, or one below it: edit, history, upkeep."""
    if isinstance(subject, Host):
        return reverse(f"hosts:{page or 'detail'}", args=[subject.name])
    kind = FIELD[type(subject)]
    return reverse(f"hosts:{kind}-{page}" if page else f"hosts:{kind}", args=[subject.slug])


def record_line(subject: Subject, kind: str) -> str:
    """One line of curl that records this kind of upkeep, with the reader's own token in it."""
    room = f"{FIELD[type(subject)]}s"
    at = f"{settings.SITE_URL}/api/v1/{room}/{name_of(subject)}/upkeep/"
    return (
        f'curl -sS {at} -H "Authorization: Bearer $TWICESHY_TOKEN" '
        f'-H \'Content-Type: application/json\' -d \'{{"kind": "{kind}", "result": "ok"}}\''
    )
