"""Run by test_turn.py in processes of their own: several drainers of one topic at once.

``python -m tests.outbox.race FILE ROWS WORKERS`` migrates the database of DATABASE_URL, posts
rows and lets workers at them, which write what they do to FILE.  One of them is killed while it
holds the turn.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django


def main(file: Path, count: int, workers: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from kb.outbox import drain as draining
    from kb.outbox.handlers import handlers
    from kb.outbox.models import OutboxRow
    from kb.outbox.post import post_many

    call_command("migrate", verbosity=0)
    draining.BATCH = 7

    def handler(rows: list[OutboxRow]) -> None:
        with file.open("a") as out:
            out.write(f"begin {os.getpid()}\n")
            out.flush()
            time.sleep(0.005)
            out.write("".join(f"{row.key}\n" for row in rows) + f"end {os.getpid()}\n")

    def hang(rows: list[OutboxRow]) -> None:
        file.with_suffix(".held").touch()
        time.sleep(600)

    handlers.register("race", handler)
    post_many("race", [str(n) for n in range(count)])
    connections.close_all()

    holder = os.fork()
    if holder == 0:
        handlers._entries["race"] = (100, hang)
        draining.drain("race")
        os._exit(0)
    try:
        while not file.with_suffix(".held").exists():
            time.sleep(0.01)
        assert draining.drain("race").done == 0, "two had the turn at once"
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)

    connections.close_all()
    children = []
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            while OutboxRow.objects.filter(topic="race").exists():
                draining.drain("race", limit=21)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert not OutboxRow.objects.exists()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
