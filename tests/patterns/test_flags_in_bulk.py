"""One act on many flags: a result for each, nothing twice, nobody's work overwritten."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.patterns import acts, bulk
from incidents.patterns.models import Flag, FlagTransition
from kb.accounts.models import User
from tests.support.factories import make_flag, make_host, make_pattern, make_site, make_team

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def page(client: Client, responder: User) -> Client:
    client.force_login(responder)
    return client


@pytest.fixture
def flags() -> dict[str, Flag]:
    raid, eol = make_pattern("raid-only"), make_pattern("os-eol", lessons=["old-age"])
    team, site = make_team("Ops", slug="ops"), make_site("lon")
    db = make_host("db-01", environment="production", role="database", tags=["pci"],
                   owner=team, site=site)  # fmt: skip
    web = make_host("web-01", environment="staging")
    return {
        "open": make_flag(raid, db, severity="critical"),
        "taken": make_flag(eol, db, severity="high", state="acknowledged"),
        "low": make_flag(eol, web, severity="low"),
        "over": make_flag(raid, web, state="resolved"),
    }


def states() -> dict[tuple[str, str], str]:
    rows = Flag.objects.values_list("host__name", "pattern__slug", "state")
    return {(host, pattern): state for host, pattern, state in rows}


def do(page: Client, act: str, **said: Any) -> Any:
    return page.post("/flags/act/", {"act": act, "next": "/flags/", **said})


# -- the page -----------------------------------------------------------------------------------


def test_every_ticked_flag_has_its_result(page: Client, flags: dict[str, Flag]) -> None:
    ids = [one.pk for one in flags.values()]
    answer = do(page, "acknowledge", flag=ids)
    assert answer.status_code == 200
    found = {(one.flag.host.name, one.flag.pattern.slug): one for one in answer.context["results"]}
    assert {key: one.did for key, one in found.items()} == {
        ("db-01", "raid-only"): "done",
        ("db-01", "os-eol"): "nothing to do",
        ("web-01", "os-eol"): "done",
        ("web-01", "raid-only"): "refused",
    }
    assert "only what is open" in found["web-01", "raid-only"].why
    assert states()["db-01", "raid-only"] == "acknowledged"
    assert "2 done" in answer.content.decode()


def test_sent_twice_it_changes_nothing_more(page: Client, flags: dict[str, Flag]) -> None:
    ids = [flags["open"].pk, flags["low"].pk]
    do(page, "acknowledge", flag=ids)
    before = FlagTransition.objects.count()
    answer = do(page, "acknowledge", flag=ids)
    assert answer.context["sums"] == {"done": 0, "nothing to do": 2, "refused": 0}
    assert FlagTransition.objects.count() == before


def test_accepting_many_wants_a_day_and_a_reason(page: Client, flags: dict[str, Flag]) -> None:
    answer = page.post(
        "/flags/act/", {"act": "accept", "flag": [flags["open"].pk], "next": "/flags/"}, follow=True
    )
    said = " ".join(str(one) for one in answer.context["messages"])
    assert "until when" in said
    assert "why this is acceptable" in said
    assert states()["db-01", "raid-only"] == "open"

    until = (timezone.now() + 30 * DAY).date().isoformat()
    answer = do(page, "accept", flag=[flags["open"].pk, flags["taken"].pk], until=until,
                because="the courier comes in a month")  # fmt: skip
    assert answer.context["sums"]["done"] == 2
    flag = Flag.objects.get(pk=flags["open"].pk)
    assert (flag.state, flag.accepted_because) == ("accepted", "the courier comes in a month")


def test_a_day_that_is_over_changes_nothing(page: Client, flags: dict[str, Flag]) -> None:
    past = (timezone.now() - DAY).date().isoformat()
    answer = page.post(
        "/flags/act/",
        {"act": "accept", "flag": [flags["open"].pk], "until": past, "because": "x",
         "next": "/flags/"},
        follow=True,
    )  # fmt: skip
    assert "This day is over" in " ".join(str(one) for one in answer.context["messages"])
    assert states()["db-01", "raid-only"] == "open"
    assert answer.context["act"]["because"].value() == "x"
    assert answer.context["ticked"] == {flags["open"].pk}
    assert page.get("/flags/").context["ticked"] == set()  # said once, not for ever


def test_giving_many_to_somebody(page: Client, flags: dict[str, Flag], responder: User) -> None:
    do(page, "assign", flag=[flags["open"].pk, flags["low"].pk], to=responder.pk)
    assert Flag.objects.filter(assigned_to=responder).count() == 2


def test_all_that_the_filters_leave(page: Client, flags: dict[str, Flag]) -> None:
    do(page, "acknowledge", all="on", query="pattern=os-eol")
    assert states() == {
        ("db-01", "raid-only"): "open",
        ("db-01", "os-eol"): "acknowledged",
        ("web-01", "os-eol"): "acknowledged",
        ("web-01", "raid-only"): "resolved",
    }


def test_more_than_fit_are_left_for_the_next_time(
    page: Client, flags: dict[str, Flag], monkeypatch: pytest.MonkeyPatch
) -> None:
    from incidents.patterns.views import flags as view

    monkeypatch.setattr(view, "MOST", 2)
    answer = do(page, "acknowledge", all="on", query="")
    assert (len(answer.context["results"]), answer.context["left_out"]) == (2, 1)


def test_a_viewer_may_not(client: Client, viewer: User, flags: dict[str, Flag]) -> None:
    client.force_login(viewer)
    assert do(client, "acknowledge", flag=[flags["open"].pk]).status_code == 403
    assert states()["db-01", "raid-only"] == "open"


def test_somebody_was_quicker(
    flags: dict[str, Flag], responder: User, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the list and the act, one of the flags was resolved by facts."""
    listed = [flags["open"], flags["low"]]
    Flag.objects.filter(pk=flags["low"].pk).update(state="resolved")
    now = timezone.now()
    results = bulk.act_on(listed, "acknowledge", by=responder, now=now)
    assert [one.did for one in results] == ["done", "refused"]
    acts.reopen(flags["open"], by=keeper, now=now + DAY)
    assert states()["db-01", "raid-only"] == "open"


# -- filters, groups, CSV -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"open", "taken", "low"}),
        ("state=resolved", {"over"}),
        ("severity=critical&severity=low", {"open", "low"}),
        ("environment=production", {"open", "taken"}),
        ("role=database", {"open", "taken"}),
        ("site=lon", {"open", "taken"}),
        ("owner=ops", {"open", "taken"}),
        ("tag=pci", {"open", "taken"}),
        ("lesson=old-age", {"taken", "low"}),
        ("assigned_to=nobody", {"open", "taken", "low"}),
        ("assigned_to=me", set()),
        ("opened_after=2026-11-23", {"open", "taken", "low"}),
        ("opened_before=2026-11-22", set()),
        ("unsure=true", set()),
        ("flapping=false", {"open", "taken", "low"}),
    ],
)
def test_every_filter_stands_in_the_address(
    page: Client, flags: dict[str, Flag], query: str, shown: set[str]
) -> None:
    found = page.get(f"/flags/?{query}").context["page"].object_list
    names = {flag.pk: name for name, flag in flags.items()}
    assert {names[one.pk] for one in found} == shown


@pytest.mark.parametrize(
    ("sort", "first"), [("", "open"), ("host", "taken"), ("pattern", "taken"), ("newest", "low")]
)
def test_the_order(page: Client, flags: dict[str, Flag], sort: str, first: str) -> None:
    found = page.get(f"/flags/?sort={sort}").context["page"].object_list
    assert found[0].pk == flags[first].pk


def test_beside_the_filters_stands_how_many_each_leaves(
    page: Client, flags: dict[str, Flag]
) -> None:
    facets = page.get("/flags/").context["facets"]
    assert facets["severity"] == [
        ("critical", "critical", 1),
        ("high", "high", 1),
        ("low", "low", 1),
    ]
    assert facets["pattern"][0] == ("os-eol", "os-eol", 2)
    assert facets["environment"] == [("production", "production", 2), ("staging", "staging", 1)]


def test_put_together_by_pattern_and_by_host(page: Client, flags: dict[str, Flag]) -> None:
    rows = list(page.get("/flags/?group=pattern").context["page"])
    assert [(row["key"], row["count"], row["critical"]) for row in rows] == [
        ("raid-only", 1, 1), ("os-eol", 2, 0),
    ]  # fmt: skip
    rows = list(page.get("/flags/?group=host").context["page"])
    assert [(row["key"], row["count"]) for row in rows] == [("db-01", 2), ("web-01", 1)]


def test_as_csv_with_nothing_a_spreadsheet_would_run(page: Client, flags: dict[str, Flag]) -> None:
    Flag.objects.filter(pk=flags["open"].pk).update(sentence="=HYPERLINK(1)")
    answer = page.get("/flags/?format=csv&severity=critical")
    assert answer["Content-Type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(b"".join(answer).decode()))
    said = dict(zip(head, row, strict=True))
    assert (said["host"], said["pattern"], said["severity"]) == ("db-01", "raid-only", "critical")
    assert said["sentence"] == "'=HYPERLINK(1)"
    assert said["url"].endswith(f"/flags/{flags['open'].pk}/")


def test_the_number_of_questions_does_not_grow(
    page: Client, flags: dict[str, Flag], django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        make_flag(make_pattern(), make_host(f"more-{n}", owner=make_team(), site=make_site()))
    with django_assert_max_num_queries(11):
        page.get("/flags/")
    with django_assert_max_num_queries(10):
        page.get("/flags/?group=pattern")


# -- the API ------------------------------------------------------------------------------------


def test_the_api_answers_for_every_flag(api: Any, flags: dict[str, Flag]) -> None:
    ids = [flags["open"].pk, flags["over"].pk, 999_999]
    body = {"act": "acknowledge", "flags": ids}
    said = api.post("/api/v1/flags/bulk/", body, format="json").json()
    assert {one["flag"]: one["did"] for one in said["results"]} == {
        ids[0]: "done", ids[1]: "refused", ids[2]: "refused",
    }  # fmt: skip
    assert said["summary"] == {"done": 1, "nothing to do": 0, "refused": 1}


def test_the_api_takes_a_filter(api: Any, flags: dict[str, Flag]) -> None:
    body = {
        "act": "assign", "to": "ruth",
        "filter": {"pattern": "os-eol", "severity": ["high", "low"], "state": "open"},
    }  # fmt: skip
    said = api.post("/api/v1/flags/bulk/", body, format="json").json()
    assert said["summary"]["done"] == 1
    assert Flag.objects.get(assigned_to__username="ruth").severity == "low"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"act": "acknowledge"}, "/flags"),
        ({"act": "acknowledge", "flags": [1], "filter": {}}, "/flags"),
        ({"act": "resolve", "flags": [1]}, "/act"),
        ({"act": "accept", "flags": [1], "because": "x"}, "/until"),
        ({"act": "assign", "flags": [1]}, "/to"),
        ({"act": "assign", "flags": [1], "to": "nobody-here"}, "/to"),
    ],
)
def test_what_is_wrong_is_named(api: Any, body: dict[str, Any], pointer: str) -> None:
    answer = api.post("/api/v1/flags/bulk/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_viewers_token_may_not(viewer_api: Any, flags: dict[str, Flag]) -> None:
    body = {"act": "acknowledge", "flags": [flags["open"].pk]}
    assert viewer_api.post("/api/v1/flags/bulk/", body, format="json").status_code == 403
