"""Realistic content for the style guide at ``/look/``: every component, the way pages use it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from kb.web import plots

WEEKS = 26


class SampleForm(forms.Form):
    """Each kind of field, bound so that it shows a mistake."""

    title = forms.CharField(help_text="One line, as you would say it to a colleague.")
    severity = forms.ChoiceField(choices=[("", "Not known yet"), ("critical", "Critical")])
    started_at = forms.DateTimeField(
        required=False,
        help_text="When the harm began, as far as anyone knows. UTC.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    summary = forms.CharField(
        required=False,
        label="In three sentences",
        help_text="Markdown. @robert links a host, #12 an incident, [[ a page.",
        widget=forms.Textarea(attrs={"data-draft-key": "look-summary"}),
    )
    restricted = forms.BooleanField(
        required=False,
        label="Only people and teams named here may see it",
        help_text="It then feeds no pattern and no mail to others.",
    )
    kind = forms.ChoiceField(
        choices=[("incident", "Incident"), ("near-miss", "Near miss"), ("drill", "Drill")],
        widget=forms.RadioSelect,
        initial="incident",
    )


def components() -> dict[str, Any]:
    """The context of ``web/look.html``."""
    form = SampleForm({"title": "", "started_at": "yesterday", "kind": "incident"})
    form.is_valid()
    now = timezone.now()
    return {
        "form": form,
        "severities": ("critical", "high", "medium", "low"),
        "verdicts": ("match", "clear", "unknown", "not applicable", "broken"),
        "states": STATES,
        "risk": plots.stacked_area_plot(_risk(), _weeks(), title="Open flags by severity"),
        "times": plots.time_scale_plot(_times(), title="The controller took the rest with it"),
        "nest": plots.nest(_nest()),
        "nest_numbers": plots.nest_table(_nest()),
        "evidence": EVIDENCE,
        "missing": ["backups"],
        "rows": ROWS,
        "recent": now - timedelta(hours=2),
        "stale": now - timedelta(days=41),
        "ahead": now + timedelta(days=9),
        "page": Paginator(range(212), 25).page(2),
    }


STATES = (
    "pending", "open", "reopened", "acknowledged", "accepted", "resolved", "closed",
    "draft", "review", "published", "late", "restricted", "example",
)  # fmt: skip

EVIDENCE = (
    {
        "path": "storage.raids",
        "value": [{"name": "data", "level": "raid5", "controller": "3ware 9500S"}],
        "source": "Ansible",
        "age_days": 0,
    },
    {"path": "backups", "value": [], "source": "restic", "age_days": 1},
)

ROWS = (
    {
        "severity": "critical",
        "title": "david",
        "url": "#rows",
        "also": "RAID is the only copy",
        "side": "Tue",
        "why": "raid5 over four drives of one batch; restic reports no backup.",
    },
    {
        "severity": "high",
        "title": "mail-02",
        "url": "#rows",
        "also": "Past end of life",
        "side": "Wed",
        "why": "Debian 10, ended 30 Jun 2024, two releases behind the oldest supported one.",
    },
    {
        "verdict": "clear",
        "title": "db-03",
        "url": "#rows",
        "also": "Backups never restored",
        "side": "Thu",
        "why": "Restore test by the on-call engineer: 38 minutes, complete.",
    },
)


def _weeks() -> list[str]:
    this_week = timezone.now().date()
    moments = [this_week - timedelta(weeks=WEEKS - 1 - n) for n in range(WEEKS)]
    return [f"{moment.day} {moment:%b}" for moment in moments]


def _risk() -> dict[str, list[int]]:
    return {
        "critical": [3] * 8 + [4] * 9 + [3] * 5 + [3, 3, 5, 5],
        "high": [9, 9, 10, 10, 9, 9, 10, *[11, 11, 12, 12] * 2, *[13, 13], *[12] * 7, 11, 11],
        "medium": [12] * 6 + [11] * 6 + [12] * 8 + [13] * 6,
        "low": [4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 7, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 6, 6, 6],
    }


def _times() -> list[plots.Mark]:
    start = timezone.now().replace(hour=9, minute=5, second=0) - timedelta(days=365)
    after = SimpleNamespace(detected=35, acknowledged=50, mitigated=430, resolved=505)
    stones = [plots.Mark(start, "started", "started", milestone=True)]
    for name, minutes in vars(after).items():
        moment = start + timedelta(minutes=minutes)
        stones.append(plots.Mark(moment, name, name, milestone=True))
    entries = (40, 95, 130, 152, 171, 260, 310, 395, 470)
    return stones + [plots.Mark(start + timedelta(minutes=m), f"entry {m}") for m in entries]


def _nest() -> plots.Nest:
    php = plots.Nest(
        "david.gentoo.php", "Debian 3.0 · chroot", "never started", "#plots", stopped=True
    )
    gentoo = plots.Nest("david.gentoo", "Gentoo 2004.0 · chroot", url="#plots", children=(php,))
    return plots.Nest("david", "Debian 3.1 · physical", here=True, children=(gentoo,))
