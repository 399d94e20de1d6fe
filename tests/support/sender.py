"""A process that sends mail in children of its own, so that a test can kill them anywhere.

It reads orders, a line each: an ISO time begins a round as of then and is answered by the number
of the child; ``wait`` is answered by its exit; ``report`` by the rows of the database.
"""

import json
import os
import sys
from datetime import datetime

import django


def main() -> None:
    django.setup()
    warm_up()
    child = 0
    for line in sys.stdin:
        order = line.strip()
        if order == "wait":
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        elif order == "report":
            say(json.dumps(report()))
        else:
            child = os.fork()
            if child == 0:
                send(datetime.fromisoformat(order))
            say(child)


def warm_up() -> None:
    """Import what sending needs, once for all children: they are killed while they send, then, and
    not while they import."""
    from django.urls import reverse

    from incidents.digests import deliver, mail  # noqa: F401

    reverse("hosts:list")


def send(now: datetime) -> None:
    from incidents.digests import deliver

    try:
        deliver.send_all(now)
    finally:
        os._exit(0)


def report() -> list[tuple[str, str, int, int]]:
    """Recipient, state, tries on record and those of them that never ended, of every mail."""
    from django.db import connection
    from django.db.models import Count, Q

    from incidents.digests.models import Digest

    rows = Digest.objects.annotate(
        tried=Count("tries"), died=Count("tries", filter=Q(tries__ended_at=None))
    )
    found = list(rows.values_list("subscription__user__email", "state", "tried", "died"))
    connection.close()
    return found


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
