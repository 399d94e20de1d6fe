"""Systems, software and groups: where exactly an answer turns, and on what.

The examples inside the patterns tell the stories; here stand the edges.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.facts.ages import derive
from incidents.facts.annotate import annotate
from incidents.patterns.evaluate import ask
from incidents.patterns.examples import shipped_catalogue
from incidents.patterns.library import shipped
from incidents.patterns.spec import compile_spec
from incidents.patterns.verdict import State, Verdict

from .facts import view

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
LATER = datetime(2028, 4, 1, 12, tzinfo=UTC)


def asked(slug: str, facts: dict[str, Any], **thresholds: Any) -> Verdict:
    """The verdict on ``facts``, with some thresholds overridden."""
    (spec,) = [spec for spec in shipped() if spec.pattern == slug]
    return ask(compile_spec(spec), view(facts), thresholds=thresholds)


def said(slug: str, facts: dict[str, Any], **thresholds: Any) -> str:
    """The verdict in a word, a match by its severity."""
    verdict = asked(slug, facts, **thresholds)
    return verdict.severity or str(verdict.state)


def lived(facts: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    """Reported facts with ages and ends of life worked out, as on a real host."""
    reported = {name: facts[name] for name in facts.keys() & {"os", "software", "packages"}}
    return facts | derive(annotate(reported, shipped_catalogue(), now), now)


def fresh() -> dict[str, Any]:
    """Everything was reported today."""
    return {"facts_age": {"runtime": 0, "packages": 0}}


def group(*peers: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = [{"name": f"peer-{number}"} | one for number, one in enumerate(peers, 2)]
    return {"groups": [{"name": "db", "peers": named} | more]}


class TestUptimeAndRestarts:
    @pytest.mark.parametrize(
        ("days", "answer"),
        [(0, "clear"), (180, "clear"), (181, "medium"), (365, "medium"), (366, "high")],
    )
    def test_the_days_since_the_start_decide(self, days: int, answer: str) -> None:
        facts = {"host": {"kind": "physical"}, "runtime": {"booted_at_days": days}}
        assert said("long-uptime", facts | fresh()) == answer

    @pytest.mark.parametrize(
        ("silent", "days", "answer"),
        [(20, 200, "clear"), (20, 201, "medium"), (200, 380, "clear"), (200, 381, "medium")],
    )
    def test_since_it_fell_silent_it_may_have_been_restarted(
        self, silent: int, days: int, answer: str
    ) -> None:
        facts = {
            "host": {"kind": "physical"},
            "facts_age": {"runtime": silent},
            "runtime": {"booted_at_days": days},
        }
        assert said("long-uptime", facts) == answer

    @pytest.mark.parametrize(
        ("silent", "days", "answer"),
        [(0, 90, "clear"), (0, 91, "medium"), (20, 110, "clear"), (20, 111, "medium")],
    )
    def test_and_upgraded(self, silent: int, days: int, answer: str) -> None:
        facts = {
            "host": {"kind": "physical"},
            "os": {"rolling": False},
            "facts_age": {"packages": silent},
            "packages": {"last_upgrade_days": days},
        }
        assert said("long-since-upgrade", facts) == answer

    def test_what_was_never_reported_is_missing_and_not_its_age(self) -> None:
        host = {"host": {"kind": "physical"}}
        for age in ({}, {"facts_age": {}}, {"facts_age": {"os": 0}}):
            assert asked("long-uptime", host | age).missing == ("runtime",)
        told = host | {"runtime": {"booted_at_days": 9}, "facts_age": {}}
        assert asked("long-uptime", told).missing == ("facts_age.runtime",)

    @pytest.mark.parametrize("kind", ["container", "chroot"])
    def test_what_borrows_its_kernel_is_never_asked(self, kind: str) -> None:
        facts = {
            "host": {"kind": kind},
            "runtime": {"booted_at_days": 900},
            "packages": {"restart_pending": True},
        } | fresh()
        assert said("long-uptime", facts) == "not applicable"
        assert said("reboot-pending", facts) == "not applicable"

    @pytest.mark.parametrize(("security", "answer"), [(None, "low"), (0, "low"), (1, "medium")])
    def test_security_updates_make_a_pending_restart_worse(
        self, security: int | None, answer: str
    ) -> None:
        packages: dict[str, Any] = {"reboot_required": True}
        packages |= {} if security is None else {"pending_security": security}
        facts = lived({"host": {"kind": "virtual"}, "packages": packages})
        assert said("reboot-pending", facts) == answer


class TestSecurityUpdates:
    @pytest.mark.parametrize(
        ("since", "answer"),
        [
            ("2026-08-31T13:00:00Z", "clear"),
            ("2026-08-31T11:00:00Z", "high"),
            (None, "high"),
        ],
    )
    def test_two_weeks_are_allowed_where_it_is_known_since_when(
        self, since: str | None, answer: str
    ) -> None:
        packages: dict[str, Any] = {"pending_security": 2}
        packages |= {"pending_security_since": since} if since else {}
        facts = lived({"host": {"kind": "physical"}, "packages": packages}) | fresh()
        assert said("security-updates-pending", facts, max_days=14) == answer

    def test_a_day_in_the_future_has_no_age_and_is_not_taken_for_young(self) -> None:
        packages = {"pending_security": 2, "pending_security_since": "2027-01-01T00:00:00Z"}
        facts = lived({"host": {"kind": "physical"}, "packages": packages}) | fresh()
        assert said("security-updates-pending", facts) == "unknown"

    def test_a_team_may_want_them_sooner(self) -> None:
        packages = {"pending_security": 2, "pending_security_since": "2026-09-06T00:00:00Z"}
        facts = lived({"host": {"kind": "physical"}, "packages": packages}) | fresh()
        assert said("security-updates-pending", facts) == "clear"
        assert said("security-updates-pending", facts, max_days=7) == "high"


class TestLockstep:
    @pytest.mark.parametrize(
        ("here", "peers", "answer"),
        [
            (True, [(True, 0)], "high"),
            (True, [(True, 0.99)], "high"),
            (True, [(True, 1)], "clear"),
            (True, [(True, None)], "unknown"),
            (True, [(None, 0)], "unknown"),
            (True, [(False, None)], "clear"),
            (True, [(True, None), (False, None)], "clear"),
            (True, [(True, 0), (True, None)], "unknown"),
            (True, [(True, 0), (True, 12)], "clear"),
            (False, [(True, None)], "clear"),
            (None, [(True, 0)], "unknown"),
            (None, [(False, None)], "clear"),
        ],
    )
    def test_every_member_must_go_at_once(
        self,
        here: bool | None,
        peers: list[tuple[bool | None, float | None]],
        answer: str,
    ) -> None:
        told = [
            {
                name: value
                for name, value in {"unattended": by_itself, "update_gap_hours": gap}.items()
                if value is not None
            }
            for by_itself, gap in peers
        ]
        packages = {} if here is None else {"unattended": here}
        facts = {"packages": packages} | group(*told)
        assert said("unattended-upgrades-in-lockstep", facts) == answer

    def test_restarting_for_it_is_critical_only_where_it_is_said(self) -> None:
        peers = group({"unattended": True, "update_gap_hours": 0})
        packages = {"unattended": True, "unattended_reboot": False}
        assert said("unattended-upgrades-in-lockstep", {"packages": packages} | peers) == "high"
        packages["unattended_reboot"] = True
        assert said("unattended-upgrades-in-lockstep", {"packages": packages} | peers) == "critical"


DEBIAN = {"name": "Debian", "version": "12.11"}


class TestFrameworks:
    @pytest.mark.parametrize(
        ("os", "entry", "answer"),
        [
            (DEBIAN, {"name": "django", "version": "1.11.29", "source": "pip"}, "high"),
            (DEBIAN, {"name": "nodejs", "version": "16.20.2-deb-1nodesource1", "source": "apt"},
             "high"),
            (DEBIAN, {"name": "nodejs", "version": "12.22.12~dfsg-1~deb11u4", "source": "apt"},
             "clear"),
            (DEBIAN, {"name": "nodejs", "version": "12.22.12~dfsg-1~deb11u4"}, "clear"),
            (None, {"name": "nodejs", "version": "12.22.12~dfsg-1~deb11u4", "source": "apt"},
             "clear"),
            (DEBIAN, {"name": "left-pad", "version": "1.0", "source": "npm"}, "unknown"),
            (DEBIAN, {"name": "left-pad", "version": "1.0", "source": "npm",
                      "eol_on": "2026-09-14"}, "high"),
            (DEBIAN, {"name": "left-pad", "version": "1.0", "source": "npm",
                      "eol_on": "2026-09-15"}, "clear"),
            (DEBIAN, {"name": "left-pad", "version": "1.0", "source": "npm", "pinned": True},
             "medium"),
            (DEBIAN, {"name": "php", "version": "7.4.33"}, "high"),
            (DEBIAN, {"name": "php"}, "unknown"),
        ],
    )  # fmt: skip
    def test_who_cares_for_it_decides(
        self, os: dict[str, Any] | None, entry: dict[str, Any], answer: str
    ) -> None:
        facts: dict[str, Any] = {"software": [entry]} | ({"os": os} if os else {})
        assert said("framework-unsupported-or-pinned", lived(facts)) == answer

    def test_one_that_is_past_its_end_is_enough_whatever_else_is_unknown(self) -> None:
        listed = [{"name": "left-pad", "version": "1.0"}, {"name": "django", "version": "1.4"}]
        assert said("framework-unsupported-or-pinned", lived({"software": listed})) == "high"

    @pytest.mark.parametrize(
        ("behind", "days", "patches", "answer"),
        [
            (False, 400, 0, "clear"),
            (True, 60, 2, "clear"),
            (True, 61, 1, "medium"),
            (True, 1, 3, "medium"),
            (None, 400, 9, "unknown"),
        ],
    )
    def test_a_pin_that_is_explained_may_miss_a_young_patch(
        self, behind: bool | None, days: int, patches: int, answer: str
    ) -> None:
        pin = {"pinned": True, "pinned_on": "2026-01-01", "pin_reason": "breaks the shop"}
        entry: dict[str, Any] = {"name": "shop", "version": "3.1", "eol_on": "2030-01-01"} | pin
        entry |= {"latest_on_days": days, "patches_behind": patches}
        entry |= {} if behind is None else {"behind": behind}
        assert said("framework-unsupported-or-pinned", lived({"software": [entry]})) == answer

    def test_it_stays_cheap_with_thousands_of_packages(self) -> None:
        listed = [{"name": f"lib{n}", "version": "1.2-3", "source": "apt"} for n in range(5000)]
        facts = lived({"os": DEBIAN, "software": listed})
        assert said("framework-unsupported-or-pinned", facts) == "clear"
        assert asked("framework-unsupported-or-pinned", facts).error is None


class TestFailovers:
    @pytest.mark.parametrize(
        ("told", "important", "answer"),
        [
            ({"failover_ever": False, "age_days": 29}, True, "unknown"),
            ({"failover_ever": False, "age_days": 30}, None, "high"),
            ({"failover_ever": False}, None, "unknown"),
            ({"age_days": 4000}, True, "unknown"),
            ({"failover_ever": True, "last_failover_test_days": 365,
              "last_failover_result": "ok"}, False, "clear"),
            ({"failover_ever": True, "last_failover_test_days": 366,
              "last_failover_result": "ok"}, None, "high"),
            ({"failover_ever": True, "last_failover_test_days": 180,
              "last_failover_result": "ok"}, None, "clear"),
            ({"failover_ever": True, "last_failover_test_days": 181,
              "last_failover_result": "ok"}, True, "high"),
            ({"failover_ever": True, "last_failover_test_days": 10,
              "last_failover_result": "failed"}, None, "high"),
            ({"failover_ever": False, "last_failover_result": "partial", "age_days": 10}, None,
             "unknown"),
        ],
    )  # fmt: skip
    def test_how_long_ago_and_how_it_went(
        self, told: dict[str, Any], important: bool | None, answer: str
    ) -> None:
        host = {} if important is None else {"important": important}
        assert said("pair-never-failed-over", {"host": host} | group({}, **told)) == answer


class TestLonelyServices:
    ALONE = {"name": "mail", "important": True, "fine_alone": False, "live_hosts": 1}

    @pytest.mark.parametrize(
        ("service", "answer"),
        [
            (ALONE | {"rebuild_timed": False}, "high"),
            (ALONE | {"rebuild_timed": False, "criticality": "critical"}, "critical"),
            (ALONE, "unknown"),
            (ALONE | {"live_hosts": 2}, "clear"),
            (ALONE | {"fine_alone": True}, "clear"),
            (ALONE | {"rebuild_timed": True}, "clear"),
            ({"name": "mail", "fine_alone": False, "live_hosts": 2}, "unknown"),
            (ALONE | {"important": False}, "not applicable"),
        ],
    )
    def test_alone_and_important_and_never_rebuilt(
        self, service: dict[str, Any], answer: str
    ) -> None:
        assert said("important-service-single-host", {"services": [service]}) == answer


class TestSharedFate:
    APART = dict.fromkeys(
        ("same_machine", "same_rack", "same_feed", "same_switch", "same_site"), False
    )

    @pytest.mark.parametrize(
        ("kind", "peers", "answer"),
        [
            ("active-active", [{"same_site": True}], "medium"),
            ("active-active", [{"same_rack": True}], "high"),
            ("active-active", [{"same_machine": True}], "critical"),
            ("active-active", [APART, {"same_machine": True}], "clear"),
            ("active-active", [APART, {}], "clear"),
            ("active-active", [{"same_machine": False}], "unknown"),
            ("cluster", [APART, {"same_machine": True}], "critical"),
            ("cluster", [APART, APART | {"same_rack": True}], "high"),
            ("cluster", [APART, APART, APART | {"same_machine": True}], "clear"),
            ("cluster", [APART, APART, APART | {"same_machine": True},
                         APART | {"same_machine": True}], "critical"),
            ("cluster", [APART, {}], "unknown"),
            (None, [APART, APART], "clear"),
        ],
    )  # fmt: skip
    def test_what_all_share_or_most_of_a_cluster(
        self, kind: str | None, peers: list[dict[str, Any]], answer: str
    ) -> None:
        facts = group(*peers, **({"kind": kind} if kind else {}))
        assert said("replicas-share-fate", facts) == answer

    def test_a_team_with_one_site_says_so_once(self) -> None:
        facts = group(self.APART | {"same_site": True}, kind="active-active")
        assert said("replicas-share-fate", facts) == "medium"
        assert said("replicas-share-fate", facts, one_site_is_fine=True) == "clear"


class TestLiveMembers:
    HERE = {"host": {"in_maintenance": False, "last_report_days": 0}}
    UP = {"in_maintenance": False, "last_report_days": 0}

    @pytest.mark.parametrize(
        ("here", "peers", "needed", "answer"),
        [
            ({}, [UP], 2, "clear"),
            ({}, [UP], 3, "high"),
            ({}, [UP | {"last_report_days": 1}], 2, "clear"),
            ({}, [UP | {"last_report_days": 2, "report_every_days": 1}], 2, "clear"),
            ({}, [UP | {"last_report_days": 3, "report_every_days": 1}], 2, "high"),
            ({}, [UP | {"last_report_days": 14, "report_every_days": 7}], 2, "clear"),
            ({}, [UP | {"last_report_days": 15, "report_every_days": 7}], 2, "high"),
            ({}, [UP | {"in_maintenance": True}], 2, "high"),
            ({}, [UP | {"in_maintenance": True}], 1, "clear"),
            ({"in_maintenance": True}, [UP], 2, "high"),
            ({"in_maintenance": True}, [UP], 1, "clear"),
            ({}, [{"in_maintenance": False}], 2, "unknown"),
            ({}, [{"in_maintenance": False}], 3, "high"),
            ({}, [{"in_maintenance": False}], 1, "clear"),
            ({}, [], 2, "high"),
            ({}, [], 1, "clear"),
            ({}, [UP], None, "unknown"),
        ],
    )
    def test_those_that_are_up_are_counted(
        self,
        here: dict[str, Any],
        peers: list[dict[str, Any]],
        needed: int | None,
        answer: str,
    ) -> None:
        facts = {"host": self.HERE["host"] | here}
        facts |= group(*peers, **({} if needed is None else {"min_members": needed}))
        assert said("group-degraded", facts) == answer


class TestPlansAndRollingUpgrades:
    @pytest.mark.parametrize(
        ("planned", "answer"),
        [
            ({"upgrade_planned": False}, "medium"),
            ({"upgrade_planned": True, "upgrade_planned_in_days": 0}, "clear"),
            ({"upgrade_planned": True, "upgrade_planned_in_days": 90}, "clear"),
            ({"upgrade_planned": True, "upgrade_planned_in_days": 91}, "medium"),
            ({"upgrade_planned": True, "upgrade_planned_in_days": -1}, "medium"),
            ({}, "unknown"),
        ],
    )
    def test_only_a_plan_before_the_end_counts(self, planned: dict[str, Any], answer: str) -> None:
        facts = lived({"host": planned, "os": DEBIAN}, LATER)
        assert said("os-eol-soon", facts) == answer

    @pytest.mark.parametrize(
        ("upgrading", "answer"), [(True, "clear"), (False, "high"), (None, "unknown")]
    )
    def test_members_may_differ_while_an_upgrade_is_on_its_way(
        self, upgrading: bool | None, answer: str
    ) -> None:
        os = {"os": {"name": "Debian", "major": "13", "arch": "x86_64", "rolling": False}}
        other = {"os_name": "Debian", "os_major": "12", "arch": "x86_64"}
        more: dict[str, Any] = {"kind": "active-passive"}
        more |= {} if upgrading is None else {"being_upgraded": upgrading}
        assert said("pair-os-mismatch", os | group(other, **more)) == answer


def test_versions_of_one_peer_differ_while_another_is_silent() -> None:
    odd = {"compared": ["nginx"], "version_skews": [{"name": "nginx", "here": "1", "there": "2"}]}
    even = {"compared": ["nginx"], "version_skews": []}
    slug = "service-version-skew-in-group"
    assert said(slug, group(odd, {})) == "high"
    assert said(slug, group(even, {})) == "unknown"
    assert said(slug, group(even, {"compared": [], "version_skews": []})) == "clear"
    assert asked(slug, {"groups": []}).state is State.NOT_APPLICABLE
