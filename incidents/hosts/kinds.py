"""What can be recorded about what, and what each kind of upkeep asks beside how it went."""

from dataclasses import dataclass

from incidents.hosts.models import (
    Host,
    RedundancyGroup,
    Service,
    Site,
    Upkeep,
    UpkeepKind,
)

Subject = Host | Service | RedundancyGroup | Site
FIELD: dict[type[Subject], str] = {
    Host: "host",
    Service: "service",
    RedundancyGroup: "group",
    Site: "site",
}
"""Of each thing that can be kept up, the column of its records."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``own`` names its own field of the form: took, drill or which; ``asks`` is its label.

    ``worked`` says in words what each result means; ``done`` is what a button says.
    """

    kind: UpkeepKind
    of: tuple[type[Subject], ...]
    done: str
    own: str
    asks: str
    hint: str
    worked: str = "Worked"
    failed: str = "Failed"
    partial: str = "Partly"

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def results(self) -> list[tuple[str, str]]:
        return [("ok", self.worked), ("partial", self.partial), ("failed", self.failed)]


KINDS: dict[str, Kind] = {
    one.kind.value: one
    for one in (
        Kind(
            UpkeepKind.RESTORE_TEST,
            (Host, Service),
            done="Restore tested",
            own="took",
            asks="How long it took, in minutes",
            hint="From the decision to the data being back.",
            worked="The data came back",
            failed="It did not come back",
            partial="Some of it came back",
        ),
        Kind(
            UpkeepKind.FAILOVER_DRILL,
            (RedundancyGroup, Service),
            done="Failed over",
            own="drill",
            asks="What it was",
            hint="A partial fault is a full disk or a pulled cable: not a clean stop.",
            worked="The other took over",
            failed="The other did not take over",
            partial="It took over in part",
        ),
        Kind(
            UpkeepKind.MAINTENANCE_WINDOW,
            (Host, RedundancyGroup, Site),
            done="Window used",
            own="took",
            asks="How long it took, in minutes",
            hint="Including the restart, if there was one.",
            worked="Used, all done",
            failed="Not used",
            partial="Used, not all done",
        ),
        Kind(
            UpkeepKind.UPGRADE,
            (Host, RedundancyGroup),
            done="Upgraded",
            own="which",
            asks="From what to what",
            hint="Such as Debian 11 to 12.",
        ),
        Kind(
            UpkeepKind.KIT_CHECK,
            (Site,),
            done="Kit checked",
            own="which",
            asks="Which kit",
            hint="All of them, if you name none.",
            worked="Complete",
            failed="Not usable",
            partial="Something is missing",
        ),
        Kind(
            UpkeepKind.CONSOLE_TEST,
            (Host,),
            done="Console tested",
            own="which",
            asks="Which way in",
            hint="Such as iDRAC, serial or the hypervisor.",
            worked="Got in",
            failed="Did not get in",
            partial="Saw it, could not type",
        ),
        Kind(
            UpkeepKind.RUNBOOK_REVIEW,
            (Service,),
            done="Runbook read",
            own="which",
            asks="Which runbook",
            hint="All of them, if you name none.",
            worked="Still right",
            failed="Not usable",
            partial="Mended while reading",
        ),
    )
}


def kinds_of(subject: Subject) -> list[Kind]:
    """What can be recorded about this thing, in the order of the buttons."""
    return [kind for kind in KINDS.values() if type(subject) in kind.of]


def named(subject: Subject, kind: str) -> list[str]:
    """The kits of a site or runbooks of a service that a check or review can name."""
    if kind == UpkeepKind.KIT_CHECK and isinstance(subject, Site):
        return list(subject.kits.filter(gone_at=None).values_list("name", flat=True))
    if kind == UpkeepKind.RUNBOOK_REVIEW and isinstance(subject, Service):
        return list(subject.runbooks.filter(gone_at=None).values_list("title", flat=True))
    return []


def subject_of(record: Upkeep) -> Subject:
    """The thing a record is about."""
    found = record.host or record.service or record.group or record.site
    assert found is not None  # the database holds this
    return found


def result_of(record: Upkeep) -> str:
    """How it went, in the words of its kind."""
    return dict(KINDS[record.kind].results)[record.result]


def drill_of(record: Upkeep) -> str:
    """What kind of failover it was, as far as somebody said; empty otherwise."""
    said = [
        {True: "planned", False: "real", None: ""}[record.planned],
        {True: "a partial fault", False: "a clean stop", None: ""}[record.partial_fault],
    ]
    return ", ".join(word for word in said if word)
