"""The shipped patterns: one YAML file each, named by its slug."""

from functools import cache
from pathlib import Path

from incidents.patterns.spec import PatternSpec, load_yaml

FOLDER = Path(__file__).parent


@cache
def shipped() -> tuple[PatternSpec, ...]:
    """Every shipped pattern, in the order of their slugs.  Raises ``SpecError``."""
    return tuple(load_yaml(path.read_text(encoding="utf-8")) for path in paths())


def paths() -> list[Path]:
    """The files of the library."""
    return sorted(FOLDER.glob("*.yaml"))
