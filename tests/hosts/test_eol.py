"""Newer end-of-life dates, and what they say of a host."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.facts.eol_update import read_update
from incidents.facts.errors import FactsError
from incidents.hosts import catalogue as room
from incidents.hosts.catalogue import catalogue
from incidents.hosts.lifetimes import lifetimes
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db
DEBIAN = {"name": "Debian", "version": "12.5"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def releases(**more: Any) -> list[dict[str, Any]]:
    """Debian as the API of today tells it, with 12 cared for until another day."""
    found = []
    for cycle in catalogue().products["debian"].cycles:
        end = cycle.end.isoformat() if isinstance(cycle.end, date) else None
        found.append({
            "name": cycle.name, "releaseDate": cycle.released.isoformat(), "eolFrom": end,
            "isEol": cycle.end is True,
            "eoesFrom": cycle.extended.isoformat() if cycle.extended else None,
            "codename": cycle.codename, "isLts": False, "latest": {"name": "1", "date": None},
        } | (more if cycle.name == "12" else {}))  # fmt: skip
    return found


def saved(folder: Path, body: Any, name: str = "products.json") -> Path:
    path = folder / name
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


def full(*products: dict[str, Any]) -> dict[str, Any]:
    debian = {"name": "debian", "label": "Debian", "releases": releases(eolFrom="2027-01-02")}
    listed = [*(products or [debian]), {"name": "never-heard-of", "releases": releases()}]
    return {"generated_at": "2026-11-20T10:00:00+00:00", "result": listed}


def eol(*arguments: Any) -> str:
    out = StringIO()
    call_command("eol", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_an_update_says_what_changed_and_counts_at_once(folder: Path) -> None:
    before = lifetimes({"os": DEBIAN}, NOW)[0]
    said = eol("update", saved(folder, full()))
    assert "debian 12: end of life 2026-07-11 → 2027-01-02" in said
    assert "1 products in the file are not followed here." in said
    assert "of 2026-11-20 is in force" in said
    after = lifetimes({"os": DEBIAN}, NOW)[0]
    assert before.tiers[0][1] == date(2026, 7, 11)
    assert after.tiers[0][1] == date(2027, 1, 2)
    assert len(catalogue().products) > 50  # what the file does not name stays
    assert OutboxRow.objects.filter(topic="shelf-lives").count() == 1
    assert "says nothing new" in eol("update", saved(folder, full()))


def test_a_dry_run_changes_nothing(folder: Path) -> None:
    assert "would be in force" in eol("update", saved(folder, full()), "--dry-run")
    assert not (folder / "eol.json").exists()


@pytest.mark.parametrize("name", ["one.json", "debian.json"])
def test_one_product_of_either_api_will_do(folder: Path, name: str) -> None:
    new = {"name": "debian", "releases": releases(eolFrom="2027-01-02")}
    old = [
        {"cycle": one["name"], "releaseDate": one["releaseDate"], "eol": one["eolFrom"] or False,
         "extendedSupport": one["eoesFrom"], "codename": one["codename"]}
        for one in new["releases"]
    ]  # fmt: skip
    said = eol("update", saved(folder, {"result": new} if name == "one.json" else old, name))
    assert "debian 12: end of life 2026-07-11 → 2027-01-02" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no releases of any product"),
        ({"hello": 1}, "none of the forms"),
        ({"result": [{"name": "debian"}]}, "/result/0/releases"),
        ({"result": [{"releases": []}]}, "/result/0/name"),
        (full({"name": "debian", "releases": releases(eolFrom="soon")}), "releases/"),
        (full({"name": "debian", "releases": releases(releaseDate="2026-02-30")}), "releaseDate"),
        (full({"name": "debian", "releases": releases()[:2]}), "lose more than half"),
        (full() | {"generated_at": "2020-01-01"}, "an older one is no news"),
        ({"result": {"name": "never-heard-of", "releases": releases()}}, "None of its products"),
    ],
)
def test_a_file_that_will_not_do_is_told_and_changes_nothing(
    folder: Path, body: Any, said: str
) -> None:
    eol("update", saved(folder, full()))
    held = (folder / "eol.json").read_bytes()
    with pytest.raises(CommandError) as error:
        eol("update", saved(folder, body, "broken.json"))
    assert said.replace("releaseDate", "release") in str(error.value)
    assert "stays as it is" in str(error.value)
    assert (folder / "eol.json").read_bytes() == held
    assert [path.name for path in folder.glob(".eol-*")] == []


def test_a_catalogue_that_somebody_broke_is_not_used_and_said(
    folder: Path, browser_of: Callable[[User], Client], viewer: User
) -> None:
    saved(folder, "{", "eol.json")
    assert catalogue().snapshot == date(2026, 8, 22)
    assert "cannot be used" in eol("status")
    assert "cannot be used" in browser_of(viewer).get("/settings/end-of-life/").content.decode()


def test_a_shipped_one_that_is_newer_goes_first(folder: Path) -> None:
    eol("update", saved(folder, full()))
    old = json.loads((folder / "eol.json").read_text()) | {"snapshot": "2020-01-01"}
    saved(folder, old, "eol.json")
    assert catalogue() is room._shipped()


def test_a_product_is_shown_by_any_of_its_names() -> None:
    for name in ("debian", "Debian", "debian gnu/linux"):
        assert "12           since 2023-06-10  until 2026-07-11  extended (free)" in eol(
            "show", name
        )
    with pytest.raises(CommandError, match="knows no"):
        eol("show", "nonsense")


def told(found: Iterator[Any] | list[Any]) -> list[tuple[str, str, str]]:
    return [(one.what, one.state, str(one.until)) for one in found]


def test_each_piece_says_until_when_and_how_that_was_found(settings: Any) -> None:
    facts = {
        "os": {"name": "Ubuntu", "version": "18.04"},
        "software": [
            {"name": "postgresql", "version": "9.6.1", "source": "vendor"},
            {"name": "in-house", "version": "1", "eol_on": "2027-01-01"},
            {"name": "openssl", "version": "1.1.1-1ubuntu2", "source": "apt"},
            {"name": "unheard-of", "version": "3"},
        ],
    }
    found = lifetimes(facts, NOW)
    assert told(found) == [
        ("Ubuntu 18.04", "over", "2023-05-31"),
        ("postgresql 9.6.1", "over", "2021-11-11"),
        ("in-house 1", "soon", "2027-01-01"),
    ]
    assert found[0].found == "Ubuntu 18.04 is Ubuntu 18.04, by the catalogue of 2026-08-22"
    assert "not counted" in found[0].tiers[1][0]
    assert found[2].found == "the report says so itself"
    settings.EXTENDED_SUPPORT_ENTITLED = frozenset({"ubuntu"})
    assert told(lifetimes(facts, NOW))[0][1] == "cared for"


@pytest.mark.parametrize(
    ("os", "state", "found"),
    [
        ({"name": "Arch Linux"}, "cared for", "rolling"),
        ({"name": "Nonesuch", "version": "1"}, "unknown", "does not know it"),
        ({"name": "Nonesuch", "eol_on": "2030-01-01"}, "cared for", "says so itself"),
        ({"name": "Ubuntu", "version": "3.04"}, "over", "older than"),
    ],
)
def test_what_is_not_known_is_called_unknown(os: Any, state: str, found: str) -> None:
    (one,) = lifetimes({"os": os}, NOW)
    assert one.state == state
    assert found in one.found


def test_the_page_of_a_host_and_the_api_say_the_same(
    browser_of: Callable[[User], Client], viewer: User, viewer_api: APIClient
) -> None:
    make_host("robert", facts={"os": {"name": "Debian", "version": "10.13"}}, seen=timezone.now())
    page = browser_of(viewer).get("/hosts/robert/").content.decode()
    (one,) = viewer_api.get("/api/v1/hosts/robert/end-of-life/").json()["results"]
    assert (one["until"], one["state"]) == ("2024-06-30", "over")
    assert "30 Jun 2024" in page
    assert one["found"] in page
    assert one["tiers"][1] == {
        "what": "extended support, free", "until": "2024-06-30", "counts": True,
    }  # fmt: skip


def test_the_catalogue_for_tooling(viewer_api: APIClient, settings: Any) -> None:
    settings.EXTENDED_SUPPORT_ENTITLED = frozenset({"ubuntu", "nonsense"})
    said = viewer_api.get("/api/v1/end-of-life/?product=Debian").json()
    assert said["product"]["releases"][0]["release"] == "13"
    assert [(one["product"], bool(one["problem"])) for one in said["entitled"]] == [
        ("nonsense", True), ("ubuntu", False),
    ]  # fmt: skip
    answer = viewer_api.get("/api/v1/end-of-life/?product=nonsense")
    assert answer.json()["errors"][0]["pointer"] == "/product"


@pytest.mark.parametrize("body", [b"\xff", b"[[1]]", b'{"a": [1]}', b'{"result": [1]}', b"null"])
def test_no_file_ends_in_anything_but_a_plain_refusal(body: bytes) -> None:
    with pytest.raises(FactsError):
        read_update(body, "x")
