"""Reports that came before, word for word: known by their fingerprint, and not even read.

A fingerprint stands for the bytes of a report, how they were to be understood, and the readers as
they are now.  What is kept beside it only saves work: before it counts, the history is asked
whether the source still says just that of the host, and said nothing since.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from incidents.facts.merge import MANUAL
from incidents.facts.readers import Identity, Report
from incidents.hosts.models import FactHistory, LastReport
from kb.web.updating import insert_rows

KEPT = ("report", "argument")
"""Where the time of a report may come from: the same again next time."""


@dataclass(frozen=True, slots=True)
class Again:
    """A report that came before.  ``report`` is all but its sections, ``digests`` stand for them;
    ``whole`` reads it after all."""

    report: Report
    host_id: int
    digests: Mapping[str, str]
    whole: Callable[[], Report]


def recognise(prints: Mapping[str, Callable[[], Report]]) -> dict[str, Again]:
    """Those of these fingerprints that were seen last, each with how to read it after all."""
    if not prints:
        return {}
    rows = LastReport.objects.filter(fingerprint__in=list(prints)).order_by()
    return {row.fingerprint: _again(row, prints[row.fingerprint]) for row in rows}


def _again(row: LastReport, whole: Callable[[], Report]) -> Again:
    said = row.said
    identity = Identity(**said["identity"] | {"addresses": tuple(said["identity"]["addresses"])})
    report = Report(
        host=said["host"],
        source=row.source,
        observed_at=datetime.fromisoformat(said["observed_at"]),
        observed_from=said["observed_from"],
        sections={},
        identity=identity,
        notes=said["notes"],
        fingerprint=row.fingerprint,
    )
    return Again(report, row.host_id, said["digests"], whole)


def still_said(again: Iterable[Again]) -> bool:
    """Whether the sources of all these say just that of their hosts, and were not heard since."""
    wanted = {
        (one.host_id, one.report.source, section): (digest, one.report.observed_at)
        for one in again
        for section, digest in one.digests.items()
    }
    if not wanted:
        return True
    hosts, sources, _ = map(set, zip(*wanted, strict=True))
    present = FactHistory.objects.filter(host__in=hosts, source__in=sources, until=None).order_by()
    rows = present.values_list("host_id", "source", "section", "digest", "last_seen")
    stands = {(host, source, section): said for host, source, section, *said in rows}
    return all(stands.get(key) == [*said] for key, said in wanted.items())


def worth_keeping(report: Report) -> bool:
    """Whether the same bytes would say the same thing next time."""
    return bool(
        report.fingerprint
        and report.register is None
        and report.observed_from in KEPT
        and report.source != MANUAL
    )


def last_report(host_id: int, report: Report, digests: Mapping[str, str]) -> LastReport:
    """The row to keep of a report that was taken in just now; not stored."""
    said: dict[str, Any] = {
        "host": report.host,
        "observed_at": report.observed_at.isoformat(),
        "observed_from": report.observed_from,
        "identity": asdict(report.identity),
        "notes": report.notes,
        "digests": dict(digests),
    }
    return LastReport(
        host_id=host_id, source=report.source, fingerprint=report.fingerprint, said=said
    )


def keep(rows: Iterable[LastReport]) -> None:
    """Of each source and host the last one counts."""
    last = {(row.host_id, row.source): row for row in rows}
    insert_rows(list(last.values()), or_update=["fingerprint", "said"], where=["host", "source"])
