"""Certificates, clocks, space, names and memory: where exactly an answer turns, and on what.

The examples inside the patterns tell the stories; here stand the edges.
"""

from typing import Any

import pytest

from incidents.patterns.evaluate import ask
from incidents.patterns.library import shipped
from incidents.patterns.spec import compile_spec
from incidents.patterns.verdict import State, Verdict

from .facts import view

MACHINE = {"kind": "virtual", "environment": "production", "clock_off_seconds": 0}


def asked(slug: str, facts: dict[str, Any], **thresholds: Any) -> Verdict:
    """The verdict on ``facts``, with some thresholds overridden."""
    (spec,) = [spec for spec in shipped() if spec.pattern == slug]
    return ask(compile_spec(spec), view(facts), thresholds=thresholds)


def said(slug: str, facts: dict[str, Any], **thresholds: Any) -> str:
    """The verdict in a word, a match by its severity."""
    verdict = asked(slug, facts, **thresholds)
    return verdict.severity or str(verdict.state)


class TestCertExpiring:
    @pytest.mark.parametrize(
        ("days", "renews", "answer"),
        [
            (31, False, "clear"),
            (30, False, "high"),
            (15, True, "clear"),
            (14, True, "high"),
            (7, False, "high"),
            (6, False, "critical"),
            (6, True, "critical"),
            (-90, False, "critical"),
            (-91, False, "unknown"),
        ],
    )
    def test_the_days_left_decide(self, days: int, renews: bool, answer: str) -> None:
        one = {"subject": "shop", "not_after_in_days": days, "auto_renew": renews}
        assert said("cert-expiring", {"certificates": [one]}) == answer

    def test_an_old_file_beside_one_that_ends_does_not_hide_it(self) -> None:
        old = {"path": "/etc/pki/old.pem", "not_after_in_days": -3000}
        due = {"subject": "shop", "not_after_in_days": 3}
        assert said("cert-expiring", {"certificates": [old, due]}) == "critical"

    def test_an_old_file_does_not_make_another_certificate_critical(self) -> None:
        old = {"path": "/etc/pki/old.pem", "not_after_in_days": -3000}
        due = {"subject": "shop", "not_after_in_days": 20, "auto_renew": False}
        assert said("cert-expiring", {"certificates": [old, due]}) == "high"

    def test_certificates_that_live_for_days_have_a_threshold_of_their_own(self) -> None:
        facts = {"certificates": [{"subject": "pod", "not_after_in_days": 2, "auto_renew": True}]}
        assert said("cert-expiring", facts) == "critical"
        assert said("cert-expiring", facts, max_days_auto_renew=0) == "clear"


class TestClockSkew:
    @pytest.mark.parametrize(
        ("clock", "off", "answer"),
        [
            ({"synced": True, "offset_ms": 1000}, 0, "clear"),
            ({"synced": True, "offset_ms": 1000.5}, 0, "high"),
            ({"synced": True, "offset_ms": -1000.5}, 0, "high"),
            ({"synced": True, "offset_ms": 0.1}, 60, "clear"),
            ({"synced": True, "offset_ms": 0.1}, 61, "high"),
            ({"offset_ms": 0.1}, 0, "unknown"),
            ({"offset_ms": 2000}, 0, "high"),
            ({"synced": False}, 0, "high"),
        ],
    )
    def test_any_of_three_signs_is_enough_and_all_must_be_good(
        self, clock: dict[str, Any], off: int, answer: str
    ) -> None:
        host = MACHINE | {"clock_off_seconds": off}
        assert said("clock-skew", {"host": host, "clock": clock}) == answer

    @pytest.mark.parametrize(
        ("role", "answer"), [("database", "critical"), ("web", "high"), (None, "high")]
    )
    def test_five_seconds_are_worse_where_time_is_agreed_on(
        self, role: str | None, answer: str
    ) -> None:
        host = MACHINE | {"role": role}
        clock = {"synced": True, "offset_ms": 5001}
        assert said("clock-skew", {"host": host, "clock": clock}) == answer


def mounted(**fields: Any) -> dict[str, Any]:
    return {"path": "/", "fstype": "xfs", "size_mb": 40_000, "used_pct": 40} | fields


def disk(*mounts: dict[str, Any], trends: Any = (), kind: str = "virtual") -> dict[str, Any]:
    facts: dict[str, Any] = {"host": {"kind": kind}, "storage": {"mounts": list(mounts)}}
    return facts if trends is None else facts | {"trends": {"mounts": list(trends)}}


class TestDiskNearlyFull:
    @pytest.mark.parametrize(
        ("mount", "answer"),
        [
            ({"used_pct": 89.9}, "clear"),
            ({"used_pct": 90}, "medium"),
            ({"used_pct": 94.9}, "medium"),
            ({"used_pct": 95}, "critical"),
            ({"used_pct": 100, "fstype": "squashfs"}, "clear"),
            ({"used_pct": 90, "size_mb": 512_000}, "clear"),
            ({"used_pct": 90, "size_mb": 511_999}, "medium"),
            ({"used_pct": 99, "size_mb": 6_000_000}, "clear"),
            ({"used_pct": 90, "size_mb": None}, "unknown"),
            ({"used_pct": None}, "unknown"),
            ({"fstype": "ext4", "inodes_used_pct": 89.9}, "clear"),
            ({"fstype": "ext4", "inodes_used_pct": 90}, "medium"),
            ({"fstype": "ext4", "inodes_used_pct": 95}, "critical"),
            ({"fstype": "ext4"}, "unknown"),
            ({"fstype": "btrfs", "inodes_used_pct": 100}, "clear"),
        ],
    )
    def test_one_file_system(self, mount: dict[str, Any], answer: str) -> None:
        assert said("disk-nearly-full", disk(mounted(**mount))) == answer

    @pytest.mark.parametrize(
        ("trend", "answer"),
        [
            ({"growing": True, "full_in_days": 6.9}, "medium"),
            ({"growing": True, "full_in_days": 7}, "clear"),
            ({"growing": False}, "clear"),
            ({}, "unknown"),
            ({"path": "/srv", "growing": True, "full_in_days": 1}, "clear"),
        ],
    )
    def test_how_fast_it_fills(self, trend: dict[str, Any], answer: str) -> None:
        facts = disk(mounted(used_pct=60), trends=[{"path": "/"} | trend])
        assert said("disk-nearly-full", facts) == answer

    def test_without_a_trend_only_what_is_half_empty_is_clear(self) -> None:
        assert said("disk-nearly-full", disk(mounted(used_pct=49), trends=None)) == "clear"
        assert said("disk-nearly-full", disk(mounted(used_pct=50), trends=None)) == "unknown"

    def test_forty_snaps_do_not_make_a_disk_full(self) -> None:
        snaps = [
            mounted(path=f"/snap/{n}", fstype="squashfs", size_mb=60, used_pct=100)
            for n in range(40)
        ]
        assert said("disk-nearly-full", disk(*snaps, mounted())) == "clear"
        full = disk(*snaps, mounted(path="/var", used_pct=93))
        verdict = asked("disk-nearly-full", full)
        assert (verdict.state, verdict.severity) == (State.MATCH, "medium")

    def test_nothing_is_mounted(self) -> None:
        assert said("disk-nearly-full", disk()) == "not applicable"


class TestLimits:
    @pytest.mark.parametrize(
        ("limit", "answer"),
        [
            ({"kind": "files", "used": 79, "limit": 100}, "clear"),
            ({"kind": "files", "used": 80, "limit": 100}, "high"),
            ({"kind": "files", "used": 95, "limit": 100}, "critical"),
            ({"kind": "files", "used": 80.5, "limit": 100}, "high"),
            ({"kind": "xid", "used": 69, "limit": 100}, "clear"),
            ({"kind": "xid", "used": 70, "limit": 100}, "high"),
            ({"kind": "files", "used": 70, "limit": -1}, "clear"),
            ({"kind": "files", "used": 70}, "unknown"),
            ({"used": 10, "limit": 100}, "clear"),
        ],
    )
    def test_the_share_decides(self, limit: dict[str, Any], answer: str) -> None:
        assert said("filesystem-or-type-limit", {"limits": [limit]}) == answer


class TestSingleDnsResolver:
    @pytest.mark.parametrize(
        ("resolvers", "answer"),
        [
            (["10.0.0.1"], "medium"),
            (["10.0.0.1", "10.0.0.1"], "medium"),
            (["10.0.0.1", "10.0.0.2"], "clear"),
            (["127.0.0.1", "10.0.0.1"], "clear"),
            (["::1"], "not applicable"),
            (["127.0.0.53", "::1"], "not applicable"),
            (["168.63.129.16"], "clear"),
        ],
    )
    def test_how_many_there_are(self, resolvers: list[str], answer: str) -> None:
        facts = {"host": MACHINE, "network": {"resolvers": resolvers}}
        assert said("single-dns-resolver", facts) == answer

    def test_an_address_kept_up_by_several_machines_can_be_named(self) -> None:
        facts = {"host": MACHINE, "network": {"resolvers": ["10.0.0.1"]}}
        assert said("single-dns-resolver", facts, redundant_resolvers=["10.0.0.1"]) == "clear"


class TestNoSwapSmallMemory:
    @pytest.mark.parametrize(
        ("memory", "swap", "answer"),
        [(4095, 0, "low"), (4096, 0, "clear"), (4095, 1, "clear"), (4095, None, "unknown")],
    )
    def test_how_much_there_is(self, memory: int, swap: int | None, answer: str) -> None:
        facts = {
            "host": MACHINE,
            "hardware": {"memory_mb": memory},
            "storage": {"swap_mb": swap},
            "runtime": {"memory_guards": [], "kubernetes_node": False},
        }
        assert said("no-swap-small-memory", facts) == answer


class TestNotMonitored:
    @pytest.mark.parametrize(
        ("sample", "age", "answer"),
        [(0, 0, "clear"), (1, 0, "clear"), (2, 0, "high"), (9, 8, "clear"), (10, 8, "high")],
    )
    def test_a_measurement_is_as_old_as_it_was_when_somebody_looked(
        self, sample: int, age: int, answer: str
    ) -> None:
        watched = {"monitored": True, "alerts_to": ["ops"], "last_sample_days": sample}
        facts = {"host": MACHINE, "monitoring": watched, "facts_age": {"monitoring": age}}
        assert said("not-monitored", facts) == answer

    def test_which_environments_must_be_watched_is_up_to_the_team(self) -> None:
        facts = {
            "host": MACHINE | {"environment": "staging"},
            "monitoring": {"monitored": False},
            "facts_age": {"monitoring": 0},
        }
        assert said("not-monitored", facts) == "not applicable"
        assert said("not-monitored", facts, watched_environments=["staging"]) == "high"


class TestFactsStale:
    @pytest.mark.parametrize(
        ("days", "reports", "answer"),
        [
            (30, 50, "clear"),
            (31, 50, "medium"),
            (7, 1, "clear"),
            (8, 1, "medium"),
            (8, 2, "clear"),
        ],
    )
    def test_the_age_of_the_newest_report(self, days: int, reports: int, answer: str) -> None:
        host = {"status": "active", "reported": True, "reports": reports, "last_report_days": days}
        assert said("facts-stale", {"host": host}) == answer

    def test_it_hangs_on_nothing_that_could_itself_be_stale(self) -> None:
        (spec,) = [spec for spec in shipped() if spec.pattern == "facts-stale"]
        assert compile_spec(spec).paths == {
            "host.status", "host.last_report_days", "host.reports",
        }  # fmt: skip


class TestHandBuiltHost:
    @pytest.mark.parametrize(
        ("management", "answer"),
        [
            ({"tool": "ansible", "last_run_days": 30, "last_run_ok": True}, "clear"),
            ({"tool": "ansible", "last_run_days": 31, "last_run_ok": True}, "medium"),
            ({"tool": "ansible", "last_run_days": 31}, "medium"),
            ({"tool": "ansible", "last_run_days": 2}, "unknown"),
            ({"tool": "ansible", "last_run_days": 2, "last_success_days": 3}, "clear"),
            ({"last_run_days": 2, "last_run_ok": True}, "unknown"),
            ({"tool": "by hand"}, "medium"),
        ],
    )
    def test_a_tool_that_ended_well_of_late(self, management: dict[str, Any], answer: str) -> None:
        assert said("hand-built-host", {"host": MACHINE, "management": management}) == answer


class TestNoOwner:
    def test_where_one_person_is_enough_a_team_may_say_so(self) -> None:
        facts = {"host": MACHINE | {"owned": True, "owner": "web", "owner_people": 1}}
        assert said("no-owner-or-owner-gone", facts) == "low"
        assert said("no-owner-or-owner-gone", facts, min_people=1) == "clear"

    def test_one_person_is_never_called_nobody_on_an_important_host(self) -> None:
        host = MACHINE | {"owned": True, "owner_people": 1, "important": True}
        assert said("no-owner-or-owner-gone", {"host": host}) == "low"


class TestRunbooks:
    @pytest.mark.parametrize(
        ("runbook", "answer"),
        [
            ({"kind": "restore", "reviewed_days": 365}, "clear"),
            ({"kind": "restore", "reviewed_days": 366}, "medium"),
            ({"kind": "failover", "reviewed_days": 1}, "clear"),
            ({"kind": "restart", "reviewed_days": 1}, "medium"),
            ({"reviewed_days": 1}, "unknown"),
            ({"kind": "restore", "reviewed_days": 1, "stored_here": True}, "medium"),
        ],
    )
    def test_one_good_runbook_is_enough(self, runbook: dict[str, Any], answer: str) -> None:
        one = {"reviewed": True, "stored_here": False} | runbook
        services = [{"name": "shop", "important": True, "runbooks": [one]}]
        facts = {"host": MACHINE, "services": services}
        assert said("runbook-missing-or-unproven", facts) == answer

    def test_a_service_of_which_nobody_said_how_much_it_matters_keeps_it_open(self) -> None:
        services = [{"name": "shop", "runbooks": []}]
        facts = {"host": MACHINE, "services": services}
        assert said("runbook-missing-or-unproven", facts) == "unknown"


class TestNoOutOfBand:
    @pytest.mark.parametrize(
        ("checked_days", "people", "answer"),
        [(365, 2, "clear"), (366, 2, "medium"), (365, 1, "medium"), (365, None, "unknown")],
    )
    def test_a_kit_that_was_checked_and_two_who_may_enter(
        self, checked_days: int, people: int | None, answer: str
    ) -> None:
        kit = {"name": "box", "checked": True, "checked_days": checked_days}
        facts = {
            "host": {"kind": "physical", "important": True},
            "access": {"console": "none"},
            "site": {"name": "harbour", "kits": [kit], "people_with_access": people},
        }
        assert said("no-out-of-band-or-site-kit", facts) == answer


class TestLessonRepeated:
    @pytest.mark.parametrize(
        ("found", "answer"),
        [("low", "medium"), ("medium", "high"), ("high", "critical"), ("critical", "critical")],
    )
    def test_it_is_one_step_worse_than_what_was_found(self, found: str, answer: str) -> None:
        facts = {
            "taught": [{"lesson": "a", "incident": 1, "actions": 1, "open_actions": 1}],
            "findings": [{"pattern": "p", "matched": True, "severity": found, "lessons": ["a"]}],
        }
        assert said("lesson-repeated", facts) == answer

    def test_the_gravest_of_several_counts_if_its_lesson_is_open(self) -> None:
        facts = {
            "taught": [
                {"lesson": "open", "incident": 1, "actions": 2, "open_actions": 1},
                {"lesson": "done", "incident": 2, "actions": 2, "open_actions": 0},
            ],
            "findings": [
                {"pattern": "p", "matched": True, "severity": "low", "lessons": ["open"]},
                {"pattern": "q", "matched": True, "severity": "critical", "lessons": ["done"]},
            ],
        }
        assert said("lesson-repeated", facts) == "medium"

    def test_a_match_is_a_match_though_others_do_not_know(self) -> None:
        facts = {
            "taught": [{"lesson": "a", "incident": 1, "actions": 0}],
            "findings": [
                {"pattern": "p", "lessons": ["a"]},
                {"pattern": "q", "matched": True, "severity": "high", "lessons": ["a"]},
            ],
        }
        assert said("lesson-repeated", facts) == "critical"
