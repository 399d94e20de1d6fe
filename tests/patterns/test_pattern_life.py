"""Versions, sleep, import and export, newer shipped wordings, examples from hosts."""

import msgspec
import pytest
from django.test import Client

from incidents.patterns import schema, shipped, upgrades, versions
from incidents.patterns.example_from import cut, with_example
from incidents.patterns.examples import check
from incidents.patterns.judge import judge_hosts
from incidents.patterns.library import shipped as shipped_specs
from incidents.patterns.models import Flag, Pattern
from incidents.patterns.spec import dump_yaml, load_yaml
from kb.accounts.models import User
from kb.outbox.drain import drain
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db

OURS = """\
pattern: bad-disk
title: A bad disk
severity: low
applies: "storage.disks.size() > 0"
match: "storage.disks.exists(d, d.smart_ok == false)"
examples:
  - facts: {storage: {disks: [{name: sda, smart_ok: false}]}}
    verdict: match
  - facts: {storage: {disks: [{name: sda, smart_ok: true}]}}
    verdict: clear
"""
BAD = {"storage": {"disks": [{"name": "sda", "serial": "S1", "smart_ok": False}]}}


@pytest.fixture
def keeper_page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


@pytest.fixture
def ours(keeper: User) -> Pattern:
    return shipped.save_pattern(OURS, by=keeper)


# -- versions -----------------------------------------------------------------------------------


def test_two_versions_side_by_side_and_one_of_them_again(
    keeper_page: Client, ours: Pattern, keeper: User
) -> None:
    shipped.save_pattern(OURS.replace("low", "high"), by=keeper, pattern=ours, comment="Worse")
    answer = keeper_page.get("/patterns/bad-disk/versions/")
    changed = answer.context["changed"]
    assert [(one.name, [(line.sign, line.text) for line in one.lines]) for one in changed] == [
        ("severity", [("-", "low"), ("+", "high")])
    ]
    assert "Worse" in answer.content.decode()

    keeper_page.post("/patterns/bad-disk/versions/1/restore/", {"expected": "2"})
    ours.refresh_from_db()
    assert (ours.version, ours.severity) == (3, "low")
    assert ours.versions.get(number=3).comment == "Version 1 again"


def test_restoring_on_top_of_somebody_elses_save_is_refused(
    keeper_page: Client, ours: Pattern, keeper: User
) -> None:
    shipped.save_pattern(OURS.replace("low", "high"), by=keeper, pattern=ours)
    keeper_page.post("/patterns/bad-disk/versions/1/restore/", {"expected": "1"})
    ours.refresh_from_db()
    assert (ours.version, ours.severity) == (2, "high")


# -- sleep --------------------------------------------------------------------------------------


def test_asleep_it_is_asked_and_counted_but_raises_nothing(
    keeper_page: Client, ours: Pattern
) -> None:
    host = make_host("db-01", facts=BAD)
    judge_hosts([host.pk], now=NOW)
    flag = Flag.objects.get()
    assert flag.state == "open"

    sent = {"sleep": "yes", "because": "all drives were replaced"}
    keeper_page.post("/patterns/bad-disk/sleep/", sent)
    flag.refresh_from_db()
    last = flag.transitions.latest("pk")
    assert (flag.state, last.cause) == ("closed", "dormant")

    judge_hosts([host.pk], now=NOW)
    flag.refresh_from_db()
    assert flag.state == "closed"
    page = keeper_page.get("/patterns/bad-disk/").content.decode()
    assert "all drives were replaced" in page
    assert "awake it would flag 1 host" in page

    keeper_page.post("/patterns/bad-disk/sleep/", {"sleep": "no"})
    drain()
    flag.refresh_from_db()
    assert flag.state == "open"


def test_only_keepers_send_a_pattern_to_sleep(
    client: Client, responder: User, ours: Pattern
) -> None:
    client.force_login(responder)
    assert client.post("/patterns/bad-disk/sleep/", {"sleep": "yes"}).status_code == 403


# -- import and export --------------------------------------------------------------------------


def test_what_is_exported_can_be_imported(keeper_page: Client, ours: Pattern) -> None:
    text = b"".join(keeper_page.get("/patterns/export/")).decode()
    assert text.startswith("---\npattern: bad-disk\n")
    said = keeper_page.post("/patterns/import/", {"yaml": text}).context["results"]
    assert [(one.slug, one.did) for one in said] == [("bad-disk", "unchanged")]


def test_a_bad_document_spoils_no_other_and_is_named_by_its_line(keeper: User) -> None:
    other = OURS.replace("bad-disk", "worse-disk")
    broken = OURS.replace("bad-disk", "third").replace(
        "storage.disks.exists", "storge.disks.exists"
    )
    said = versions.import_many(f"{OURS}---\n{broken}---\n{other}", by=keeper)
    assert [one.did for one in said] == ["new", "refused", "new"]
    line = OURS.count("\n") + 1 + 5
    assert said[1].problems[0].startswith(f"line {line}: ")
    assert "did you mean `storage`?" in said[1].problems[0]


def test_a_file_may_be_sent_and_nothing_is_said_to_be_nothing(keeper_page: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("patterns.yaml", OURS.encode())
    said = keeper_page.post("/patterns/import/", {"file": file}).context["results"]
    assert [one.did for one in said] == ["new"]
    assert "Paste YAML" in keeper_page.post("/patterns/import/", {}).content.decode()


# -- a newer library ----------------------------------------------------------------------------

SLUG = "raid-only-no-backup"


@pytest.fixture
def newer(library: None, keeper: User, monkeypatch: pytest.MonkeyPatch) -> Pattern:
    """A team made the pattern milder; a newer release rewords its title and its reason."""
    row = Pattern.objects.get(slug=SLUG)
    (spec,) = [one for one in shipped_specs() if one.pattern == SLUG]
    mine = msgspec.structs.replace(spec, severity="medium", title="Ours: no backup")
    mine_examples = [
        msgspec.structs.replace(e, severity="medium" if e.severity == "high" else e.severity)
        for e in spec.examples
    ]
    mine = msgspec.structs.replace(mine, examples=mine_examples)
    shipped.save_pattern(dump_yaml(mine), by=keeper, pattern=row)
    release = msgspec.structs.replace(spec, title="RAID alone", why="Newer words.\n", version=2)
    specs = [release if one.pattern == SLUG else one for one in shipped_specs()]
    monkeypatch.setattr(shipped, "shipped", lambda: specs)
    assert shipped.load_shipped().waiting == [SLUG]
    return Pattern.objects.get(slug=SLUG)


def test_three_ways_field_by_field(newer: Pattern) -> None:
    upgrade = upgrades.waiting(newer)
    assert upgrade is not None
    parts = {part.name: part for part in upgrade.parts}
    assert set(parts) == {"title", "severity", "why", "examples"}
    assert (parts["title"].both, parts["title"].suggested) == (True, "mine")
    assert (parts["why"].both, parts["why"].suggested) == (False, "shipped")
    assert (parts["severity"].mine, parts["severity"].now) == ("medium", "high")


def test_as_suggested_both_sides_are_kept(keeper_page: Client, newer: Pattern) -> None:
    page = keeper_page.get(f"/patterns/{SLUG}/upgrade/")
    sent = {"digest": page.context["upgrade"].digest, "version": newer.version}
    keeper_page.post(f"/patterns/{SLUG}/upgrade/", sent)
    newer.refresh_from_db()
    spec = newer.versions.get(number=newer.version).spec
    assert (newer.title, newer.severity) == ("Ours: no backup", "medium")
    assert spec["why"] == "Newer words.\n"
    assert upgrades.waiting(newer) is None


@pytest.mark.parametrize(
    ("every", "title", "severity"),
    [("shipped", "RAID alone", "high"), ("mine", "Ours: no backup", "medium")],
)
def test_all_of_one_side(
    keeper_page: Client, newer: Pattern, every: str, title: str, severity: str
) -> None:
    digest = keeper_page.get(f"/patterns/{SLUG}/upgrade/").context["upgrade"].digest
    sent = {"digest": digest, "version": newer.version, "every": every}
    keeper_page.post(f"/patterns/{SLUG}/upgrade/", sent)
    newer.refresh_from_db()
    assert (newer.title, newer.severity) == (title, severity)
    assert upgrades.waiting(newer) is None


def test_what_does_not_hold_together_is_refused_and_nothing_is_lost(
    keeper_page: Client, newer: Pattern
) -> None:
    """Their severity with our examples: an example promises medium, and it would be high."""
    page = keeper_page.get(f"/patterns/{SLUG}/upgrade/")
    sent = {"digest": page.context["upgrade"].digest, "version": newer.version,
            "severity": "shipped", "examples": "mine"}  # fmt: skip
    answer = keeper_page.post(f"/patterns/{SLUG}/upgrade/", sent)
    assert answer.status_code == 400
    assert "Nothing was saved" in answer.content.decode()
    assert {part.name: side for part, side in answer.context["rows"]}["severity"] == "shipped"
    before = newer.version
    newer.refresh_from_db()
    assert newer.version == before


def test_a_decision_about_what_has_moved_is_asked_again(
    keeper_page: Client, newer: Pattern
) -> None:
    keeper_page.post(f"/patterns/{SLUG}/upgrade/", {"digest": "old", "version": newer.version})
    assert upgrades.waiting(newer) is not None


# -- examples and names -------------------------------------------------------------------------


def test_an_example_holds_what_the_pattern_reads_of_a_host_and_its_verdict() -> None:
    host = make_host("db-01", facts={**BAD, "os": {"name": "Debian"}})
    spec = with_example(load_yaml(OURS), host, now=NOW)
    example = spec.examples[-1]
    assert example.facts == {"storage": {"disks": [{"smart_ok": False}]}}
    assert (example.verdict, example.name) == ("match", "as seen on a host")
    assert check(spec) == []


def test_where_the_host_knows_nothing_the_example_is_unknown() -> None:
    spec = with_example(load_yaml(OURS), make_host("db-02"), now=NOW)
    assert (spec.examples[-1].verdict, spec.examples[-1].missing) == ("unknown", ["storage"])
    assert check(spec) == []


def test_long_lists_are_cut() -> None:
    facts = {"backups": [{"job": f"j{n}", "tool": "restic"} for n in range(50)]}
    assert cut(facts, {"backups[].job"}) == {"backups": [{"job": f"j{n}"} for n in range(5)]}


def test_the_form_adds_it_and_says_when_there_is_no_such_host(keeper_page: Client) -> None:
    make_host("db-01", facts=BAD)
    sent = {"yaml": OURS, "host": "db-01", "example": "yes"}
    text = keeper_page.post("/patterns/new/", sent).context["form"]["yaml"].value()
    assert "as seen on a host" in text
    answer = keeper_page.post("/patterns/new/", {**sent, "host": "nobody"})
    assert answer.status_code == 400
    assert OURS.split("\n", maxsplit=1)[0] in answer.content.decode()


def test_completion_knows_every_section_with_types_and_units(keeper_page: Client) -> None:
    found = {one["path"]: one for one in keeper_page.get("/patterns/names/").json()["names"]}
    assert found["hardware.memory_mb"] == {
        "path": "hardware.memory_mb", "type": "whole number", "unit": "MiB", "about": "Memory",
    }  # fmt: skip
    assert found["groups[].peers[].os_name"]["type"] == "text"
    assert found["upkeep.restore_test.ok_days"]["unit"] == "days"
    assert found["exists"]["type"] == "function"
    assert all(about for _, known in schema.sections() for one in known for about in [one.type])


# -- who may, and what comes after a decision ----------------------------------------------------


def test_an_import_changes_shipped_ones_for_admins_only(responder: User, library: None) -> None:
    row = Pattern.objects.get(slug=SLUG)
    text = "".join(versions.export([row])).replace("title: RAID", "title: Our RAID")
    (said,) = versions.import_many(text, by=responder)
    assert (said.did, said.problems) == ("refused", ["Only an admin changes a shipped pattern."])
    row.refresh_from_db()
    assert row.version == 1


def newer_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more release, which rewords what to do."""
    specs = [
        msgspec.structs.replace(one, fix="Newest advice.\n", version=3)
        if one.pattern == SLUG
        else one
        for one in shipped.shipped()  # type: ignore[attr-defined]
    ]
    monkeypatch.setattr(shipped, "shipped", lambda: specs)


def settle(pattern: Pattern, side: str, keeper: User) -> Pattern:
    upgrade = upgrades.waiting(pattern)
    assert upgrade is not None
    chosen = {part.name: side or part.suggested for part in upgrade.parts}
    return upgrades.settle(
        pattern, chosen, digest=upgrade.digest, expected=pattern.version, by=keeper
    )


def test_who_took_all_that_is_shipped_follows_later_releases_again(
    newer: Pattern, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(newer, "shipped", keeper)
    newer_still(monkeypatch)
    assert shipped.load_shipped().upgraded == [SLUG]


@pytest.mark.parametrize("side", ["", "mine"])
def test_what_was_decided_is_not_asked_again_by_the_release_after(
    newer: Pattern, keeper: User, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    settled = settle(newer, side, keeper)
    assert shipped.load_shipped().waiting == []
    newer_still(monkeypatch)
    assert shipped.load_shipped().waiting == [SLUG]
    upgrade = upgrades.waiting(settled)
    assert upgrade is not None
    moved = {part.name: part.suggested for part in upgrade.parts if part.before != part.now}
    assert moved == {"fix": "shipped"}
    assert [part.name for part in upgrade.parts if part.both] == []
