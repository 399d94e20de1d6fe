"""Patterns coming in: the shipped library, and what a team writes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.patterns import flags, yamltext
from incidents.patterns.dependants import remember_pattern
from incidents.patterns.examples import check
from incidents.patterns.library import shipped
from incidents.patterns.models import Pattern, PatternVersion
from incidents.patterns.spec import (
    PatternSpec,
    Problem,
    SpecError,
    as_data,
    load_data,
    load_yaml,
    located,
)
from kb.accounts.models import User
from kb.outbox.post import post
from kb.search.indexing import renamed
from kb.wiki import mentions


class ChangedMeanwhile(Exception):
    """Somebody saved another version first; ``version`` is the one that stands now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"Somebody saved version {version} while you were writing.")
        self.version = version


@dataclass(slots=True)
class Loaded:
    """Slugs by what happened to them; ``waiting`` have a newer shipped wording, but a team's own
    stands and was left alone."""

    created: list[str] = field(default_factory=list)
    upgraded: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def digest_of(data: Mapping[str, Any]) -> str:
    """A stable name for a wording."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def load_shipped() -> Loaded:
    """Bring the shipped library in.  Safe to repeat: what a team changed stays as it is."""
    loaded = Loaded()
    for spec in shipped():
        with transaction.atomic():
            getattr(loaded, _load_one(spec)).append(spec.pattern)
    return loaded


def _load_one(spec: PatternSpec) -> str:
    data = as_data(spec)
    digest = digest_of(data)
    row = Pattern.objects.select_for_update().filter(slug=spec.pattern).first()
    if row is None:
        row = Pattern(slug=spec.pattern, origin="library", version=0)
        _new_version(row, spec, by=None, comment="Shipped", shipped_digest=digest)
        return "created"
    if row.shipped_digest == digest:
        return "unchanged"
    if row.origin != "library" or digest_of(_spec_data(row)) != row.shipped_digest:
        return "waiting"
    _new_version(row, spec, by=None, comment="Shipped in a newer release", shipped_digest=digest)
    return "upgraded"


def save_pattern(
    text: str | Mapping[str, Any],
    *,
    by: User,
    pattern: Pattern | None = None,
    expected: int | None = None,
    comment: str = "",
) -> Pattern:
    """Save a new pattern, or a new version of ``pattern``, from YAML text or plain data.

    ``expected`` is the version the writer started from.  Raises ``SpecError`` with all that is
    wrong (then nothing is changed) and ``ChangedMeanwhile``.  The same wording again makes no
    version.
    """
    spec = read(text)
    if pattern is not None and spec.pattern != pattern.slug:
        said = f"A pattern keeps its name for ever: this one is `{pattern.slug}`."
        raise SpecError([Problem("/pattern", said)])
    with transaction.atomic():
        row = Pattern.objects.select_for_update().filter(slug=spec.pattern).first()
        if row is None:
            row = Pattern(slug=spec.pattern, origin="team", version=0, owner=by)
        elif pattern is None:
            raise SpecError([Problem("/pattern", "There is a pattern of this name already.")])
        elif expected is not None and row.version != expected:
            raise ChangedMeanwhile(row.version)
        if row.pk and _same(row, spec):
            return row
        try:
            return _new_version(row, spec, by=by, comment=comment)
        except IntegrityError:
            said = "There is a pattern of this name already."
            raise SpecError([Problem("/pattern", said)]) from None


def save_merged(
    pattern: Pattern, data: Mapping[str, Any], newer: PatternSpec, *, by: User, expected: int
) -> Pattern:
    """Save what a team made of its own wording and a ``newer`` shipped one, which then no longer
    waits.  All of the shipped one is that one again, and follows later releases by itself.

    Raises ``SpecError`` and ``ChangedMeanwhile``, as ``save_pattern`` does.
    """
    spec, base = read(data), as_data(newer)
    with transaction.atomic():
        row = Pattern.objects.select_for_update().get(pk=pattern.pk)
        if row.version != expected:
            raise ChangedMeanwhile(row.version)
        digest = digest_of(base)
        if as_data(spec) | {"version": 0} == base | {"version": 0}:
            said = "The shipped wording"
            return _new_version(row, newer, by=by, comment=said, shipped_digest=digest)
        if not _same(row, spec):
            _new_version(row, spec, by=by, comment="Merged with the shipped wording")
        row.versions.filter(number=row.version).update(base=base)
        row.shipped_digest = digest
        row.save(update_fields=["shipped_digest"])
        return row


def base_of(pattern: Pattern) -> dict[str, Any] | None:
    """The shipped wording that a team's own was made from or last merged with."""
    for version in pattern.versions.order_by("-number"):
        for wording in (version.base, version.spec):
            if wording and digest_of(wording) == pattern.shipped_digest:
                return dict(wording)
    return None


def read(text: str | Mapping[str, Any]) -> PatternSpec:
    """The checked spec in YAML text or plain data.  Raises ``SpecError`` with all problems."""
    spec = load_yaml(text) if isinstance(text, str) else load_data(dict(text))
    if problems := check(spec):
        lines = yamltext.read(text)[1] if isinstance(text, str) else {}
        raise SpecError([located(one.pointer, one.message, lines) for one in problems])
    return spec


def set_enabled(pattern: Pattern, enabled: bool, *, now: datetime) -> Pattern:
    """Switch a pattern on or off; off closes its flags, on asks the whole fleet again."""
    with transaction.atomic():
        row = Pattern.objects.select_for_update().get(pk=pattern.pk)
        if row.enabled == enabled:
            return row
        row.enabled = enabled
        row.save(update_fields=["enabled"])
        post("index", f"pattern:{row.pk}")
        renamed(f"pattern:{row.pk}")  # whether a pattern watches for a lesson is asked there
        if enabled:
            remember_pattern(row.slug)
        else:
            flags.close_gone(now)
    return row


def set_dormant(
    pattern: Pattern, dormant: bool, *, by: User | None, because: str = "", now: datetime
) -> Pattern:
    """Put a pattern to sleep or wake it.  Asleep it is asked as ever, and counted, but raises no
    flags; its flags are closed as such.  Awake, the whole fleet is asked at once."""
    with transaction.atomic():
        row = Pattern.objects.select_for_update().get(pk=pattern.pk)
        if (row.dormant_since is not None) == dormant:
            return row
        row.dormant_since = now if dormant else None
        row.dormant_because = because.strip()[:300] if dormant else ""
        row.dormant_by = by if dormant else None
        row.save(update_fields=["dormant_since", "dormant_because", "dormant_by"])
        post("index", f"pattern:{row.pk}")
        if dormant:
            flags.close_gone(now)
        else:
            remember_pattern(row.slug)
    return row


def give_to(pattern: Pattern, owner: User | None) -> None:
    """Have somebody, or nobody in particular, look after a pattern."""
    Pattern.objects.filter(pk=pattern.pk).update(owner=owner)


def waiting_wording(pattern: Pattern) -> PatternSpec | None:
    """The shipped wording that a team's own keeps out, or None."""
    for spec in shipped():
        if spec.pattern == pattern.slug and digest_of(as_data(spec)) != pattern.shipped_digest:
            return spec
    return None


def _spec_data(row: Pattern) -> dict[str, Any]:
    data: dict[str, Any] = row.versions.get(number=row.version).spec
    return data


def _same(row: Pattern, spec: PatternSpec) -> bool:
    return {**_spec_data(row), "version": 0} == {**as_data(spec), "version": 0}


def _new_version(
    row: Pattern, spec: PatternSpec, *, by: User | None, comment: str, shipped_digest: str = ""
) -> Pattern:
    row.version += 1
    row.title, row.severity, row.likelihood = spec.title, spec.severity, spec.likelihood
    row.lessons = list(spec.lessons)
    if shipped_digest:
        row.shipped_digest = shipped_digest
    else:
        spec = msgspec.structs.replace(spec, version=row.version)
    row.save()
    PatternVersion.objects.create(
        pattern=row,
        number=row.version,
        spec=as_data(spec),
        by=by,
        made_at=timezone.now(),
        comment=comment[:300],
    )
    mentions.record(row, [spec.why, spec.fix], home=f"pattern:{row.pk}")
    remember_pattern(row.slug)
    post("index", f"pattern:{row.pk}")
    renamed(f"pattern:{row.pk}")  # the lessons it watches for are found by that
    return row
