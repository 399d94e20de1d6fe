"""``make bench``: ratios to named limits measured in the same run, never bare seconds.

It works in a folder of its own, and in a database of its own unless ``DATABASE_URL`` names one,
which has to be empty (tables as ``migrate`` leaves them will do): what is made up for the bench
stays in it.
"""

import argparse
import gc
import importlib
import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

DATABASES = ("sqlite", "postgresql")
SEARCHING = {"pages", "search", "ingest"}
PARTS = ("sweep", "ingest", "pages", "search", "mail")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--hosts", type=_fleet_sizes, default=[5000], help="how many are made up; several by comma"
    )
    parser.add_argument(
        "--databases", type=_databases, default=[], help="sqlite, postgresql: a server of its own"
    )
    parser.add_argument("--turns", type=_turns, default=5, help="how often each pair is timed")
    parser.add_argument("--only", type=_parts, default=list(PARTS), help="parts, by comma")
    options = parser.parse_args()
    os.environ["BENCH_TURNS"] = str(options.turns)
    several = len(options.hosts) > 1 or options.databases
    if several:
        return _bench_several(options.hosts, options.databases, options.only)
    with tempfile.TemporaryDirectory(prefix="twiceshy-bench-") as folder:
        _settle_in(folder)
        return _bench(options.hosts[0], options.only)


def _bench_several(sizes: list[int], databases: list[str], wanted: list[str]) -> int:
    """Each size on each database in a process of its own, and then how what was noted grew."""
    from tests.support.postgres import end_server, fresh_database

    try:
        for database in databases or ["as named"]:
            noted: dict[int, dict[str, float]] = {}
            for size in sizes:
                around = dict(os.environ)
                if database != "as named":
                    around["DATABASE_URL"] = fresh_database() if database == "postgresql" else ""
                with tempfile.NamedTemporaryFile(prefix="twiceshy-notes-") as notes:
                    command = [sys.executable, "-m", "tests.bench", "--hosts", str(size)]
                    turns = ["--turns", os.environ["BENCH_TURNS"]]
                    done = subprocess.run(
                        [*command, *turns, "--only", ",".join(wanted)],
                        env=around | {"BENCH_NOTES": notes.name},
                        check=False,
                    )
                    if done.returncode:
                        return done.returncode
                    noted[size] = dict(json.loads(line) for line in notes)
            _tell_growth(noted)
    finally:
        end_server()
    return 0


def _tell_growth(noted: dict[int, dict[str, float]]) -> None:
    smallest, *larger = sorted(noted)
    for size in larger:
        for name, value in noted[smallest].items():
            ratio = noted[size][name] / value
            words = f"  {name:34} {ratio:8.2f} x of {smallest} hosts with {size}: 1 is linear"
            sys.stdout.write(words + "\n")
    sys.stdout.write("\n")
    sys.stdout.flush()


def _settle_in(folder: str) -> None:
    """Nothing outside ``folder`` is touched, the database that was named aside."""
    os.environ |= {
        "DATA_DIR": folder,
        "SEARCH_URL": f"whoosh://{folder}/index",
        "EMAIL_URL": f"filemail://{folder}/mail",
        "SECRET_KEY": secrets.token_hex(32),
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "LOG_LEVEL": "ERROR",
        "API_RATE": "1000000/min",
    }
    os.environ.pop("REDIS_URL", None)
    Path(folder, "static").mkdir()

    import django

    django.setup()


def _bench(size: int, wanted: list[str]) -> int:
    from django.db import connection

    if connection.introspection.table_names() and not _is_fresh():
        sys.stderr.write("The database that DATABASE_URL names has tables: give an empty one.\n")
        return 2
    from tests.bench.measure import say

    say("Medians of the ratios of fair turns, and in brackets the least and the most: the noise.")
    if wanted != ["search"]:  # which has documents of its own
        _settle_fleet(size, with_index=not SEARCHING.isdisjoint(wanted))
        say(f"A made-up fleet of {size} hosts on {connection.display_name}.")
    parts = {name: importlib.import_module(f"tests.bench.{name}") for name in wanted}
    gc.freeze()  # the collection ahead of each turn need not walk every module again
    for name, part in parts.items():
        say(f"\n{name}")
        for ratio in part.measure(size):
            say(ratio)
    connection.close()
    return 0


def _settle_fleet(size: int, *, with_index: bool) -> None:
    from django.core.management import call_command

    from tests.bench import fleet

    call_command("migrate", verbosity=0)
    call_command("load_patterns", verbosity=0, stdout=io.StringIO())
    fleet.load_fleet(size)
    if with_index:
        call_command("rebuild_index", verbosity=0, stdout=io.StringIO())


def _is_fresh() -> bool:
    """Whether the tables are ours, as migrations leave them: nobody has put anything in."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from incidents.hosts.models import Host
    from kb.accounts.models import User

    tables = connection.introspection.table_names()
    ours = all(model._meta.db_table in tables for model in (ContentType, Host, User))
    return ours and not Host.objects.exists() and not User.objects.exists()


def _fleet_sizes(text: str) -> list[int]:
    for one in text.split(","):
        if not one.isdecimal() or int(one) < 2:
            raise argparse.ArgumentTypeError(f"{one!r} is no fleet: give a number from 2 up")
    return [int(one) for one in text.split(",")]


def _turns(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} turns are none: give a number from 1 up")
    return int(text)


def _databases(text: str) -> list[str]:
    for name in text.split(","):
        if name not in DATABASES:
            raise argparse.ArgumentTypeError(
                f"no database {name!r}: choose from {', '.join(DATABASES)}"
            )
    return text.split(",")


def _parts(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"no part {name!r}: choose from {', '.join(PARTS)}")
    return [name for name in PARTS if name in names]


if __name__ == "__main__":
    sys.exit(main())
