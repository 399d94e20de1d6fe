"""``POST /api/v1/facts/``: many hosts at once, a result per row, and no row spoils another."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from incidents.facts.bounds import MAX_BYTES
from incidents.hosts.models import Host
from incidents.intake import bulk
from incidents.intake.rows import Malformed, RowTooLong, rows
from tests.support.factories import make_token, make_user

pytestmark = pytest.mark.django_db
NDJSON = "application/x-ndjson"


def report(host: str, **sections: Any) -> dict[str, Any]:
    return {"host": host, "sections": sections or {"backups": []}}


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def post(api: APIClient, body: bytes, kind: str = NDJSON, **headers: str) -> Any:
    return api.post("/api/v1/facts/", body, content_type=kind, headers=headers)


def told(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    body = b"".join(response) if response.streaming else response.content
    return [json.loads(line) for line in body.splitlines()]


def test_every_row_has_its_result_and_a_bad_one_spoils_no_other(api: APIClient) -> None:
    body = lines(report("web-1"), {"host": "web-2", "sections": {"backup": []}}) + b"not json\n"
    first, second, third, fourth, summary = told(post(api, body + lines(report("web-3"))))
    assert (first["row"], first["ok"], first["host"], first["created"], first["changed"]) == (
        1, True, "web-1", True, ["backups"],
    )  # fmt: skip
    assert second == {
        "row": 2, "ok": False,
        "errors": [{"pointer": "/sections/backup",
                    "detail": "Unknown section 'backup'. Did you mean 'backups'?"}],
    }  # fmt: skip
    assert (third["row"], third["ok"]) == (3, False)
    assert "not valid JSON" in third["errors"][0]["detail"]
    assert (fourth["row"], fourth["host"]) == (4, "web-3")
    assert summary == {"summary": {"rows": 4, "created": 2, "changed": 2, "refused": 2}}
    assert sorted(Host.objects.values_list("name", flat=True)) == ["web-1", "web-3"]


def test_an_array_is_answered_as_one_document(api: APIClient) -> None:
    body = json.dumps([report("web-1"), report("web-2")]).encode()
    said = post(api, body, "application/json").json()
    assert [row["host"] for row in said["rows"]] == ["web-1", "web-2"]
    assert said["summary"] == {"rows": 2, "created": 2, "changed": 2, "refused": 0}


def test_the_same_again_changes_nothing(api: APIClient) -> None:
    body = lines(report("web-1"), report("web-2"))
    told(post(api, body))
    assert told(post(api, body))[-1]["summary"] == {
        "rows": 2, "created": 0, "changed": 0, "refused": 0,
    }  # fmt: skip


def test_rows_may_be_of_any_format_that_names_its_host(api: APIClient) -> None:
    fact = {"certname": "web-9", "facts": {"operatingsystem": "Debian", "osfamily": "Debian"}}
    (row, _) = told(post(api, lines(fact)))
    assert (row["host"], row["changed"]) == ("web-9", ["os"])


def test_a_row_without_a_host_says_so(api: APIClient) -> None:
    (row, _) = told(post(api, lines({"backups": []})))
    assert row["ok"] is False
    assert "host" in row["errors"][0]["detail"]


def test_a_cut_off_array_keeps_what_was_whole(api: APIClient) -> None:
    body = json.dumps([report("web-1"), report("web-2")]).encode()[:-20]
    said = post(api, body, "application/json").json()
    assert [row["ok"] for row in said["rows"]] == [True, False]
    assert "never ends" in said["rows"][1]["errors"][0]["detail"]


def test_nothing_but_space_is_no_row(api: APIClient) -> None:
    assert told(post(api, b"  \n \n")) == [
        {"summary": {"rows": 0, "created": 0, "changed": 0, "refused": 0}}
    ]


def test_an_unknown_format_is_refused_before_anything_is_read(api: APIClient) -> None:
    response = api.post("/api/v1/facts/?format=yamll", b"{}", content_type=NDJSON)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/format"


def test_whoever_accepts_only_lines_gets_lines_and_refusals_in_words(api: APIClient) -> None:
    body = json.dumps([report("web-1")]).encode()
    assert told(post(api, body, "application/json", Accept=NDJSON))[0]["host"] == "web-1"
    refused = APIClient().post(
        "/api/v1/facts/", body, content_type="application/json", headers={"Accept": NDJSON}
    )
    assert refused.status_code == 401
    assert "detail" in refused.json()


def test_viewers_may_not(db: None) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(make_user(role='viewer'))}")
    assert post(client, lines(report("web-1"))).status_code == 403
    assert Host.objects.count() == 0


def test_with_a_key_the_answer_is_kept(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = lines(report("web-1"))
    first = told(post(api, body, **{"Idempotency-Key": "k1"}))
    monkeypatch.setattr(bulk, "take_many", None)  # would fail if anything was done
    again = post(api, body, **{"Idempotency-Key": "k1"})
    assert told(again) == first
    assert again["Idempotency-Replayed"] == "true"
    other = post(api, lines(report("web-2")), **{"Idempotency-Key": "k1"})
    assert other.status_code == 422


# -- cutting ------------------------------------------------------------------------------------


def cut(body: bytes, size: int) -> list[Any]:
    found = rows(body[at : at + size] for at in range(0, len(body), size))
    return [one if isinstance(one, RowTooLong) else json.loads(one) for one in found]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(VALUES, max_size=6), st.integers(1, 40), st.booleans())
def test_an_array_is_cut_into_its_elements_wherever_the_pieces_end(
    values: list[Any], size: int, ascii_: bool
) -> None:
    body = json.dumps(values, ensure_ascii=ascii_, indent=size % 3 or None).encode()
    assert cut(body, size) == values


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES), max_size=6), st.integers(1, 40))
def test_lines_are_cut_wherever_the_pieces_end(values: list[Any], size: int) -> None:
    assert cut(lines(*values), size) == values


@pytest.mark.parametrize("wrap", [b"%s\n", b"[%s]"])
def test_a_row_that_is_too_long_is_dropped_and_the_next_is_read(wrap: bytes) -> None:
    long = b'{"a": "' + b"x" * MAX_BYTES + b'"}'
    joined = (b"\n" if wrap == b"%s\n" else b",").join([b"{}", long, b"{}"])
    first, second, third = cut(wrap % joined, 65536)
    assert (first, third) == ({}, {})
    assert isinstance(second, RowTooLong)


@pytest.mark.parametrize("body", [b"[{}", b'["a', b"[] {}", b"[1] x"])
def test_an_array_that_never_ends_or_goes_on_after_its_end_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        cut(body, 3)
