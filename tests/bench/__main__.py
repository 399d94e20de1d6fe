"""``make bench``: ratios to named limits measured in the same run, never bare seconds.

It works in a folder of its own, and in a database of its own unless ``DATABASE_URL`` names one,
which has to be empty: what is made up for the bench stays in it.
"""

import argparse
import gc
import importlib
import io
import os
import secrets
import sys
import tempfile
from pathlib import Path

PARTS = ("sweep", "ingest", "pages", "search")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--hosts", type=_fleet_size, default=5000, help="how many are made up")
    parser.add_argument("--only", type=_parts, default=list(PARTS), help="parts, by comma")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twiceshy-bench-") as folder:
        _settle_in(folder)
        return _bench(options.hosts, options.only)


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
    from django.core.management import call_command
    from django.db import connection

    if connection.introspection.table_names():
        sys.stderr.write("The database that DATABASE_URL names has tables: give an empty one.\n")
        return 2
    call_command("migrate", verbosity=0)
    call_command("load_patterns", verbosity=0, stdout=io.StringIO())

    from tests.bench import fleet
    from tests.bench.measure import say

    say(
        f"A made-up fleet of {size} hosts on {connection.display_name}: medians of the ratios of "
        "fair turns, and in brackets the least and the most, which is the noise."
    )
    fleet.load_fleet(size)
    call_command("rebuild_index", verbosity=0, stdout=io.StringIO())
    parts = {name: importlib.import_module(f"tests.bench.{name}") for name in wanted}
    gc.freeze()  # the collection ahead of each turn need not walk every module again
    for name, part in parts.items():
        say(f"\n{name}")
        for ratio in part.measure(size):
            say(ratio)
    connection.close()
    return 0


def _fleet_size(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no fleet: give a number from 2 up")
    return int(text)


def _parts(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"no part {name!r}: choose from {', '.join(PARTS)}")
    return [name for name in PARTS if name in names]


if __name__ == "__main__":
    sys.exit(main())
