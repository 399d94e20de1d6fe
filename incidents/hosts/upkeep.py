"""Recording what no tool reports: a restore test, a drill, a window, an upgrade, a check."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from incidents.hosts import register
from incidents.hosts.kinds import FIELD, Subject, named, subject_of
from incidents.hosts.models import Host, Upkeep, UpkeepKind
from incidents.hosts.register import concerned
from kb.accounts.models import User
from kb.outbox.post import post_many

SKEW = timedelta(minutes=5)
AGAIN = timedelta(minutes=2)
"""The same words of the same person within this time are one record that was sent twice."""


def record(
    subject: Subject,
    kind: str,
    *,
    by: User | None,
    result: str = "ok",
    happened_at: datetime | None = None,
    note: str = "",
    evidence_url: str = "",
    took_minutes: float | None = None,
    detail: str = "",
    planned: bool | None = None,
    partial_fault: bool | None = None,
    key: str = "",
) -> Upkeep:
    """One record about a host, service, group or site; the hosts it covers are judged again.

    ``ValidationError`` names the field.  The same record sent twice is kept once: of a form by its
    ``key``, else by its words.
    """
    now = timezone.now()
    if happened_at is not None and happened_at > now + SKEW:
        raise ValidationError({"happened_at": "That lies ahead; record it when it is done."})
    values: dict[str, Any] = {
        FIELD[type(subject)]: subject,
        "kind": kind,
        "result": result,
        "note": note.strip(),
        "evidence_url": evidence_url,
        "took_minutes": took_minutes,
        "detail": _which(subject, kind, detail),
        "planned": planned,
        "partial_fault": partial_fault,
    }
    made = Upkeep(by=by, happened_at=happened_at or now, key=_own_key(key, by), **values)
    made.full_clean(validate_constraints=False)  # that of the key is looked at below
    return _kept(made, subject, values, happened_at)


def _kept(
    made: Upkeep, subject: Subject, values: dict[str, Any], happened_at: datetime | None
) -> Upkeep:
    try:
        with transaction.atomic():
            # Two that are sent at once wait for one another here.
            type(subject).objects.select_for_update().filter(pk=subject.pk).first()
            same = _same(made, values, happened_at)
            if same is not None:
                return same
            made.save()
            _follow(subject)
            _plan_is_done(made)
    except IntegrityError:
        return Upkeep.objects.get(key=made.key)
    return made


def _same(made: Upkeep, values: dict[str, Any], happened_at: datetime | None) -> Upkeep | None:
    if made.key and (there := Upkeep.objects.filter(key=made.key).first()):
        return there
    alike = Upkeep.objects.standing().filter(**values)
    if happened_at is not None:
        return alike.filter(happened_at=happened_at).first()
    if made.key:
        return None
    return alike.filter(by=made.by, recorded_at__gt=made.recorded_at - AGAIN).first()


def _own_key(key: str, by: User | None) -> str:
    """A key is its sender's own: nobody meets another's record by it."""
    return f"{by.pk if by else 0}:{key}"[:64] if key else ""


def _which(subject: Subject, kind: str, detail: str) -> str:
    """The name as the register has it; a review or check may only name what there is."""
    said, known = " ".join(detail.split()), named(subject, kind)
    if not said or not known:
        return said
    for name in known:
        if name.casefold() == said.casefold():
            return name
    raise ValidationError(
        {"detail": f"There is no {said!r} here. Choose from: {', '.join(known)}."}
    )


def _plan_is_done(made: Upkeep) -> None:
    """An upgrade that worked is planned no more."""
    host = made.host
    if made.kind != UpkeepKind.UPGRADE or made.result != "ok" or host is None:
        return
    if host.upgrade_planned_on is not None:
        register.save(
            host,
            expected=host.revision,
            by=made.by,
            changes={"upgrade_planned_on": None},
            comment="Upgraded",
        )


def _follow(subject: Subject) -> None:
    post_many("judge", [str(pk) for pk in sorted(concerned(subject))], {"itself": True})


# --- taking back ------------------------------------------------------------------------------


def may_take_back(made: Upkeep, user: User) -> bool:
    """Whoever recorded it, and keepers."""
    return user.may_write and (user.is_keeper or made.by_id == user.pk)


@transaction.atomic
def take_back(made: Upkeep, *, by: User) -> Upkeep:
    """It was wrong: it counts no more, and stays on record with who took it back; twice is once."""
    current = Upkeep.objects.select_for_update().get(pk=made.pk)
    if not may_take_back(current, by):
        raise PermissionDenied("Only who recorded it or a keeper can take it back.")
    if current.taken_back_at is None:
        current.taken_back_at, current.taken_back_by = timezone.now(), by
        current.save(update_fields=["taken_back_at", "taken_back_by"])
        _follow(subject_of(current))
    return current


# --- reading ----------------------------------------------------------------------------------


def records_about(subject: Subject) -> QuerySet[Upkeep]:
    """Everything recorded about a thing, newest first; of a host also what covers it: its
    services, groups and site.  What was taken back is among it."""
    about = Q(**{FIELD[type(subject)]: subject})
    if isinstance(subject, Host):
        # By keys, so that no row is met twice and nothing has to be made distinct.
        services = subject.services.order_by().values("pk")
        groups = subject.redundancy_groups.order_by().values("pk")
        about |= Q(service__in=services) | Q(group__in=groups)
        if subject.site_id:
            about |= Q(site=subject.site_id)
    records = Upkeep.objects.filter(about)
    related = ("host", "service", "group", "site", "by", "taken_back_by")
    return (
        records.select_related(*related)
        .defer("host__facts", "host__observed")
        .order_by("-happened_at", "-pk")
    )


def latest_of(subject: Subject) -> list[Upkeep]:
    """The newest record of each kind that stands, newest first."""
    newest: dict[str, Upkeep] = {}
    for one in records_about(subject).filter(taken_back_at=None)[:200]:
        newest.setdefault(one.kind, one)
    return list(newest.values())
