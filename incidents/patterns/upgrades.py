"""A newer shipped wording beside a team's own: three ways, field by field; none is overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from incidents.patterns import shipped
from incidents.patterns.models import Pattern
from incidents.patterns.spec import PatternSpec, as_data
from incidents.patterns.versions import written
from kb.accounts.models import User

MINE, THEIRS = "mine", "shipped"
_NEVER = ("pattern", "version")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the wording: as it was shipped before, as it is shipped now, as the team has it.

    ``suggested`` takes the shipped one where only that changed; where both did, the team's stays.
    """

    name: str
    before: Any
    now: Any
    mine: Any

    @property
    def both(self) -> bool:
        """Whether both sides changed it, and not to the same."""
        return self.before not in (self.now, self.mine) and self.now != self.mine

    @property
    def words(self) -> dict[str, str]:
        """The three as text to read."""
        three = {"before": self.before, "now": self.now, "mine": self.mine}
        return {side: "\n".join(written(value)) for side, value in three.items()}

    @property
    def suggested(self) -> str:
        return THEIRS if self.mine == self.before else MINE


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is to be decided: ``parts`` that differ, and the ``digest`` of the wording on offer."""

    parts: list[Part]
    shipped: PatternSpec
    digest: str


def waiting(pattern: Pattern) -> Upgrade | None:
    """The newer shipped wording that a team's own keeps out, or None."""
    spec = shipped.waiting_wording(pattern) if pattern.origin == "library" else None
    if spec is None:
        return None
    now, mine = as_data(spec), _current(pattern)
    before = shipped.base_of(pattern) or {}
    names = [name for name in now if name not in _NEVER]
    parts = [Part(name, before.get(name), now[name], mine.get(name)) for name in names]
    different = [part for part in parts if part.now != part.mine]
    return Upgrade(different, spec, shipped.digest_of(now))


@transaction.atomic
def settle(
    pattern: Pattern, chosen: Mapping[str, str], *, digest: str, expected: int, by: User
) -> Pattern:
    """Put the wording together as chosen (field → ``mine`` or ``shipped``) and save a version.

    The shipped wording is then settled and no longer waits.  Raises ``SpecError`` where the result
    does not hold, ``ChangedMeanwhile`` where the pattern or what is shipped moved on.
    """
    row = Pattern.objects.select_for_update().get(pk=pattern.pk)
    upgrade = waiting(row)
    if row.version != expected or upgrade is None or upgrade.digest != digest:
        raise shipped.ChangedMeanwhile(row.version)
    merged = _current(row)
    for part in upgrade.parts:
        if chosen.get(part.name, part.suggested) == THEIRS:
            merged[part.name] = part.now
    return shipped.save_merged(row, merged, upgrade.shipped, by=by, expected=row.version)


def _current(pattern: Pattern) -> dict[str, Any]:
    return dict(pattern.versions.get(number=pattern.version).spec)
