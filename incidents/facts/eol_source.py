"""Makes our compact end-of-life catalogue from a snapshot of endoflife.date facts.

    python -m incidents.facts.eol_source SNAPSHOT.json > incidents/facts/data/eol.json

The snapshot is an object with `_meta` (source, snapshot, licence) and `products`, each with
`title`, `group`, `category` and `cycles` (cycle, release, eol, extendedSupport, codename, lts).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from .errors import FactsError

GROUPS = {"os", "db", "lang", "web", "queue", "platform", "framework", "crypto"}
"""Operating systems, databases, runtimes, web servers, queues, orchestration, frameworks."""

LEFT_OUT = {
    "angular", "big-ip", "cisco-ios-xe", "fortios", "intel-processors", "netapp-ontap", "openzfs",
    "pan-os", "raspberry-pi", "routeros", "tls", "wagtail", "windows", "windows-server-core",
}  # fmt: skip
"""Devices, standards and desktop systems: nobody's server fleet is judged by them."""

FREE_EXTENDED = {"debian"}
"""Extended support that anyone gets without paying (Debian LTS)."""

ATTRIBUTION = (
    "Release and end-of-life dates are facts collected by the endoflife.date project, "
    "MIT licence, (c) 2020 endoflife.date contributors."
)


def compact(snapshot: Any) -> dict[str, Any]:
    """The catalogue as it ships. Raises FactsError where the snapshot has another shape.

    A cycle is [cycle, released, end, extended end, codename, long-term, newest patch, its day]; an
    end is a date, true (over, no date known), false (not over, no date known) or null (not
    stated). Newest patches are kept of software only: a system's package manager knows its own.
    """
    try:
        meta, products = snapshot["_meta"], snapshot["products"]
        return {
            "attribution": ATTRIBUTION,
            "source": str(meta["source"]),
            "snapshot": str(meta["snapshot"])[:10],
            "products": {
                name: _product(name, product)
                for name, product in sorted(products.items())
                if product["group"] in GROUPS and name not in LEFT_OUT
            },
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise FactsError(
            f"This is not a snapshot of end-of-life facts: {error} is missing or of another shape."
        ) from None


def dump(catalogue: dict[str, Any]) -> str:
    """The catalogue as JSON, one cycle per line, so that a new snapshot reads well as a diff."""
    head = {name: value for name, value in catalogue.items() if name != "products"}
    lines = json.dumps(head, indent=1, ensure_ascii=False)[:-2] + ',\n "products": {\n'
    blocks = []
    for name, product in catalogue["products"].items():
        rest = {key: value for key, value in product.items() if key != "cycles"}
        opening = json.dumps(rest, ensure_ascii=False)[:-1]
        cycles = ",\n".join(
            "   " + json.dumps(row, ensure_ascii=False) for row in product["cycles"]
        )
        blocks.append(f'  {json.dumps(name)}: {opening}, "cycles": [\n{cycles}\n  ]}}')
    return lines + ",\n".join(blocks) + "\n }\n}\n"


def _product(name: str, product: dict[str, Any]) -> dict[str, Any]:
    cycles = sorted(product["cycles"], key=lambda cycle: str(cycle["release"]))
    made: dict[str, Any] = {"title": product["title"], "group": product["group"]}
    if name in FREE_EXTENDED:
        made["extended_free"] = True
    made["cycles"] = [cycle_row(cycle, patches=product["group"] != "os") for cycle in cycles]
    return made


def cycle_row(cycle: dict[str, Any], *, patches: bool) -> list[Any]:
    """One cycle of the source in our form; ``patches`` keeps its newest one."""
    latest = str(cycle.get("latest") or "") if patches else ""
    plain = re.match(r"\d+(\.\d+)*$", latest)
    row = [
        str(cycle["cycle"]),
        cycle["release"],
        cycle["eol"],
        cycle.get("extendedSupport") or None,
        (cycle.get("codename") or "").lower() or None,
        cycle.get("lts") is True or None,
        latest if plain else None,
        cycle.get("latestRelease") if plain else None,
    ]
    while row[-1] is None and len(row) > 3:
        row.pop()
    return row


def main(arguments: list[str]) -> int:
    """Read the snapshot named on the command line, write the catalogue to standard output."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m incidents.facts.eol_source SNAPSHOT.json\n")
        return 2
    snapshot = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    sys.stdout.write(dump(compact(snapshot)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
