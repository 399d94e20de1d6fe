"""What a new incident may start from: kind, severity and three sentences to complete."""

from dataclasses import dataclass

from incidents.patterns.models import Severity
from incidents.records.models import IncidentKind


@dataclass(frozen=True, slots=True)
class IncidentStarter:
    """A choice above the empty form; ``key`` stands in the address."""

    key: str
    name: str
    summary: str
    severity: str = Severity.MEDIUM
    kind: str = IncidentKind.INCIDENT

    def initial(self) -> dict[str, str]:
        """What the form starts from."""
        return {"summary": self.summary, "severity": self.severity, "kind": self.kind}


STARTERS = (
    IncidentStarter(
        "outage",
        "Something is down",
        "Nobody can … since ….\nIt hangs on @….\nWe are trying ….",
        severity=Severity.HIGH,
    ),
    IncidentStarter(
        "loss",
        "Data is lost",
        "Gone since …: ….\nThe newest copy we know of is …, last restored ….\n"
        "Nothing may write to @… until then.",
        severity=Severity.CRITICAL,
    ),
    IncidentStarter(
        "near-miss",
        "Near miss",
        "… nearly happened.\n… stopped it.\nNext time that may not, because ….",
        severity=Severity.LOW,
        kind=IncidentKind.NEAR_MISS,
    ),
    IncidentStarter(
        "drill",
        "Drill",
        "We rehearsed … on @….\nIt took …, and … did not go as written down.\n"
        "Until the next one we change ….",
        severity=Severity.LOW,
        kind=IncidentKind.DRILL,
    ),
)


def starter(key: str) -> IncidentStarter | None:
    """The one of that key; None where there is none."""
    return next((one for one in STARTERS if one.key == key), None)
