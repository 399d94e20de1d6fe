"""Run by test_kill.py in a process of its own: draining that is killed again and again.

``python -m tests.search.crash ROUNDS`` migrates the database of DATABASE_URL, writes pages and
kills -9 a drainer in every round.  Then it drains what is left and prints, as JSON, what the
comparison of index and database says.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict

import django


def main(rounds: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from kb.outbox import drain as draining
    from kb.outbox.models import OutboxRow
    from kb.search import indexing
    from kb.search.backends import backend

    call_command("migrate", verbosity=0)
    indexing.rebuild()
    draining.BATCH = 10  # many commits, so that many kills hit one
    chance, interrupted = random.Random(20), 0
    for number in range(rounds):
        _write(number)
        connections.close_all()
        child = os.fork()
        if child == 0:
            draining.drain()
            os._exit(0)
        time.sleep(chance.uniform(0.0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        interrupted += OutboxRow.objects.exists()
        assert backend().problem() is None
        assert len(dict(backend().markers())) == backend().size()
    left = OutboxRow.objects.count()
    draining.drain()
    report = asdict(indexing.compare())
    waiting = OutboxRow.objects.count()
    print(json.dumps(report | {"interrupted": interrupted, "left": left, "waiting": waiting}))


def _write(number: int) -> None:
    """Twenty new pages, and of the older ones some are changed and some removed."""
    from django.db import transaction

    from kb.outbox.post import post
    from kb.wiki.models import Page

    with transaction.atomic():
        for n in range(20):
            slug = f"page-{number}-{n}"
            page = Page.objects.create(slug=slug, title=slug, body=f"raid {n} " * 50)
            post("index", f"page:{page.pk}")
        for page in Page.objects.filter(slug__startswith=f"page-{number - 1}-")[:8]:
            post("index", f"page:{page.pk}")
            if page.pk % 2:
                page.delete()
            else:
                page.body = "changed"
                page.save()


if __name__ == "__main__":
    main(int(sys.argv[1]))
