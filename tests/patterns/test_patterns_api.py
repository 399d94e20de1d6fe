"""``/api/v1/patterns/``: the library for tooling, in JSON and in YAML."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.patterns.library import shipped
from incidents.patterns.models import Pattern
from incidents.patterns.spec import load_yaml
from incidents.patterns.starting import STARTING_TEXT
from kb.accounts.models import User
from tests.conftest import api_as
from tests.support.factories import make_flag, make_host

pytestmark = pytest.mark.django_db
PATTERNS = "/api/v1/patterns/"


def post_yaml(api: APIClient, text: str, kind: str = "application/yaml") -> Any:
    return api.post(PATTERNS, text, content_type=kind)


def test_the_list_counts_verdicts(api: APIClient, library: None, judge: Any) -> None:
    judge(make_host(facts={"storage": {"raids": []}}))
    rows = api.get(PATTERNS, {"limit": 100}).json()["results"]
    assert len(rows) == len(shipped())
    assert next(row for row in rows if row["slug"] == "raid-only-no-backup") == {
        "slug": "raid-only-no-backup",
        "title": "RAID is the only copy",
        "severity": "high",
        "likelihood": "medium",
        "lessons": ["raid-is-not-a-backup"],
        "origin": "library",
        "enabled": True,
        "version": 1,
        "verdicts": {"not applicable": 1},
    }


def test_the_number_of_queries_does_not_grow(
    api: APIClient, library: None, django_assert_num_queries: Any
) -> None:
    api.get(PATTERNS)
    with django_assert_num_queries(4):
        api.get(PATTERNS)


@pytest.mark.parametrize("kind", ["application/yaml", "text/yaml", "application/x-yaml"])
def test_one_is_written_as_yaml(api: APIClient, kind: str) -> None:
    answer = post_yaml(api, STARTING_TEXT, kind)
    assert answer.status_code == 201
    assert answer["Location"].endswith("/api/v1/patterns/give-it-a-name/")
    body = answer.json()
    assert (body["slug"], body["origin"], body["version"]) == ("give-it-a-name", "team", 1)
    assert body["spec"]["match"] == "storage.raids.exists(r, r.state == 'degraded')"
    assert api.get(f"{PATTERNS}give-it-a-name/")["ETag"] == answer["ETag"]


def test_json_and_yaml_are_one_form(api: APIClient) -> None:
    spec = post_yaml(api, STARTING_TEXT).json()["spec"]
    answer = api.post(PATTERNS, {**spec, "pattern": "another"}, format="json")
    assert answer.status_code == 201
    text = api.get(f"{PATTERNS}another/yaml/")
    assert text["Content-Type"] == "application/yaml; charset=utf-8"
    copy = text.content.decode().replace("pattern: another", "pattern: a-third")
    assert post_yaml(api, copy).json()["spec"] == {**spec, "pattern": "a-third"}
    assert load_yaml(copy).examples == load_yaml(STARTING_TEXT).examples


@pytest.mark.parametrize(
    ("text", "pointer", "said"),
    [
        (STARTING_TEXT.replace("storage.raids.size()", "storrage.raids.size()"), "/applies",
         "did you mean `storage`?"),
        (STARTING_TEXT.replace("'degraded')\"", "'degraded'\"", 1), "/match", "line 6"),
        (STARTING_TEXT.replace("verdict: clear", "verdict: match"), "/examples/1/verdict", "clear"),
        ("pattern: [", "", "not YAML"),
        ("pattern: &a x\ntitle: *a\n", "", "Anchors"),
        ("- 1\n", "", "list of keys"),
    ],
)  # fmt: skip
def test_a_pattern_that_can_not_be_used(api: APIClient, text: str, pointer: str, said: str) -> None:
    answer = post_yaml(api, text)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    errors = {one["pointer"]: one["detail"] for one in answer.json()["errors"]}
    assert said in errors[pointer]
    assert not Pattern.objects.exists()


def test_bodies_that_are_no_pattern(api: APIClient) -> None:
    assert api.post(PATTERNS, [1], format="json").status_code == 400
    assert api.post(PATTERNS, "{", content_type="application/json").status_code == 400
    assert post_yaml(api, b"\xff").status_code == 400  # type: ignore[arg-type]
    assert post_yaml(api, "x: " + "y" * 70_000).status_code == 413
    assert not Pattern.objects.exists()


def test_a_name_that_is_taken(api: APIClient) -> None:
    post_yaml(api, STARTING_TEXT)
    assert [one["pointer"] for one in post_yaml(api, STARTING_TEXT).json()["errors"]] == [
        "/pattern"
    ]


class TestChanging:
    AT = f"{PATTERNS}give-it-a-name/"

    @pytest.fixture(autouse=True)
    def pattern(self, api: APIClient) -> None:
        post_yaml(api, STARTING_TEXT)

    def patch(self, api: APIClient, data: Any, tag: str | None = "*") -> Any:
        extra = {} if tag is None else {"headers": {"If-Match": tag}}
        return api.patch(self.AT, data, format="json", **extra)

    def test_some_keys_make_a_new_version(self, api: APIClient) -> None:
        answer = self.patch(api, {"title": "A degraded array"}, api.get(self.AT)["ETag"])
        assert answer.status_code == 200
        assert (answer.json()["title"], answer.json()["version"]) == ("A degraded array", 2)

    def test_who_read_an_older_state_is_told_the_new_one(self, api: APIClient) -> None:
        tag = api.get(self.AT)["ETag"]
        self.patch(api, {"title": "A degraded array"})
        answer = self.patch(api, {"title": "Mine"}, tag)
        assert answer.status_code == 412
        assert answer.json()["current"]["title"] == "A degraded array"
        assert self.patch(api, {"title": "Mine"}, None).status_code == 428

    def test_what_is_wrong_changes_nothing(self, api: APIClient) -> None:
        answer = self.patch(api, {"match": "storage.raids"})
        assert answer.status_code == 400
        assert Pattern.objects.get().version == 1

    def test_admins_switch_it_off_and_on(self, api: APIClient, keeper: User) -> None:
        flag = make_flag(Pattern.objects.get(), make_host())
        assert self.patch(api, {"enabled": False}).status_code == 403
        assert self.patch(api_as(keeper), {"enabled": "no"}).status_code == 400
        assert self.patch(api_as(keeper), {"enabled": False}).json()["enabled"] is False
        flag.refresh_from_db()
        assert flag.state == "closed"

    def test_a_viewer_only_reads(self, viewer_api: APIClient) -> None:
        assert viewer_api.get(self.AT).status_code == 200
        assert self.patch(viewer_api, {"title": "Mine"}).status_code == 403
        assert post_yaml(viewer_api, STARTING_TEXT).status_code == 403


def test_the_shipped_ones_are_changed_by_admins(
    api: APIClient, keeper: User, library: None
) -> None:
    at = f"{PATTERNS}os-eol/"
    for who, status in ((api, 403), (api_as(keeper), 200)):
        answer = who.patch(at, {"title": "Ours"}, format="json", headers={"If-Match": "*"})
        assert answer.status_code == status
