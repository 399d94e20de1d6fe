"""``make bench``: ratios to named limits measured in the same run, never bare seconds."""

import argparse
import io
import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--hosts", type=int, default=5000, help="size of the made-up fleet")
    parser.add_argument("--only", default="sweep,ingest,pages,search", help="parts, by comma")
    options = parser.parse_args()
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="twiceshy-bench-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("API_RATE", "1000000/min")

    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import fleet, ingest, pages, search, sweep
    from tests.bench.measure import say

    parts = {"sweep": sweep, "ingest": ingest, "pages": pages, "search": search}
    wanted = options.only.split(",")
    unknown = sorted(set(wanted) - set(parts))
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(parts)}")
    Path(os.environ["DATA_DIR"], "static").mkdir()
    call_command("migrate", verbosity=0)
    call_command("load_patterns", verbosity=0, stdout=io.StringIO())
    say(f"A made-up fleet of {options.hosts} hosts; medians of fair turns, least to most beside.")
    fleet.load_fleet(options.hosts)
    call_command("rebuild_index", verbosity=0, stdout=io.StringIO())
    for name in parts:
        if name in wanted:
            say(f"\n{name}")
            for ratio in parts[name].measure(options.hosts):
                say(ratio)
    return 0


if __name__ == "__main__":
    sys.exit(main())
