"""Events go out to webhooks: what, signed how, in order, at least once, and what failing does."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from incidents.exports import deliver, handlers, webhooks
from incidents.exports.models import Webhook, WebhookDelivery
from incidents.hosts.models import Host
from incidents.patterns import acts, flags
from incidents.patterns.flags import Finding
from incidents.patterns.models import Flag, Pattern
from incidents.patterns.verdict import State
from incidents.records import writing
from kb.accounts.models import User
from kb.outbox.drain import drain
from kb.outbox.models import OutboxRow
from kb.web.health import health_checks
from tests.exports.receiver import Receiver
from tests.support.factories import NOW, make_host, make_pattern, make_site

pytestmark = pytest.mark.django_db
Hook = Callable[..., Webhook]


def judge(pattern: Pattern, host: Host, state: State, *, severity: str = "high") -> None:
    found = Finding(state, severity, f"{host.name} is in trouble.")
    flags.apply({host.pk: {pattern.pk: found}}, now=NOW, cause="facts")


def send(after: timedelta = timedelta()) -> int:
    drain("webhook")
    return deliver.send_due(timezone.now() + after)


def log_of(webhook: Webhook) -> list[tuple[str, str, int]]:
    rows = WebhookDelivery.objects.filter(webhook=webhook).order_by("pk")
    return [(row.event, row.state, row.attempts) for row in rows]


def test_a_flag_tells_of_its_opening_its_end_and_its_return(
    receiver: Receiver, hook_to: Hook
) -> None:
    hook_to(receiver)
    pattern, host = make_pattern("os-eol"), make_host("db-01")
    for state in (State.MATCH, State.UNKNOWN, State.CLEAR, State.MATCH):
        judge(pattern, host, state)
    assert send() == 3
    assert receiver.events == ["flag.opened", "flag.resolved", "flag.reopened"]


def test_what_a_flag_says(receiver: Receiver, hook_to: Hook, settings: Any) -> None:
    settings.SITE_URL = "https://kb.example.net"
    webhook = hook_to(receiver)
    site = make_site("LON 1", slug="lon-1")
    host = make_host("db-01", environment="production", role="database", site=site)
    judge(make_pattern("os-eol", title="Its system is over"), host, State.MATCH)
    send()
    (request,) = receiver.requests
    flag, delivery = Flag.objects.get(), WebhookDelivery.objects.get()
    assert request.path == "/hook?from=twiceshy"
    assert request.said == {
        "id": str(delivery.delivery),
        "event": "flag.opened",
        "at": "2026-11-23T09:00:00Z",
        "flag": {
            "id": flag.pk,
            "url": f"https://kb.example.net/flags/{flag.pk}/",
            "before": "",
            "state": "open",
            "severity": "high",
            "sentence": "db-01 is in trouble.",
            "cause": "facts",
            "because": "",
            "by": None,
            "pattern": "os-eol",
            "pattern_title": "Its system is over",
            "pattern_version": 1,
        },
        "host": {
            "name": "db-01",
            "url": "https://kb.example.net/hosts/db-01/",
            "environment": "production",
            "role": "database",
            "site": "lon-1",
        },
    }
    assert request.headers["X-Twiceshy-Event"] == "flag.opened"
    assert request.headers["X-Twiceshy-Delivery"] == str(delivery.delivery)
    assert request.is_signed_with(webhook.secret)
    assert not request.is_signed_with("twh_of_somebody_else")
    assert (delivery.state, delivery.status, delivery.error, delivery.body) == (
        "sent", 204, "", "",
    )  # fmt: skip


def test_a_waiver_that_ends_opens_again_and_persons_taking_turns_are_no_event(
    receiver: Receiver, hook_to: Hook, responder: User
) -> None:
    hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)
    flag = acts.acknowledge(Flag.objects.get(), by=responder, now=NOW)
    flag = acts.reopen(flag, by=responder, now=NOW)
    acts.accept(
        flag, by=responder, now=NOW, until=NOW + timedelta(days=9), because="It is on order."
    )
    acts.end_waivers(NOW + timedelta(days=10))
    send()
    assert receiver.events == ["flag.opened", "flag.reopened"]
    assert receiver.requests[1].said["flag"]["cause"] == "expiry"


def test_a_retired_host_closes_its_flags(receiver: Receiver, hook_to: Hook) -> None:
    hook_to(receiver, events=["flag.closed"])
    host = make_host("old")
    judge(make_pattern(), host, State.MATCH)
    Host.objects.filter(pk=host.pk).update(status="retired")
    flags.close_gone(NOW)
    send()
    assert receiver.events == ["flag.closed"]
    assert receiver.requests[0].said["flag"]["cause"] == "retired"


def test_only_chosen_events_of_chosen_severity_go_out(receiver: Receiver, hook_to: Hook) -> None:
    loud = hook_to(receiver, events=["flag.opened"], least_severity="high")
    calm = hook_to(receiver, events=["flag.resolved"])
    minor, major, host = make_pattern(), make_pattern(), make_host()
    judge(minor, host, State.MATCH, severity="medium")
    judge(major, host, State.MATCH, severity="critical")
    judge(minor, host, State.CLEAR)
    send()
    assert log_of(loud) == [("flag.opened", "sent", 1)]
    assert log_of(calm) == [("flag.resolved", "sent", 1)]
    told = {
        request.said["event"]: request.said["flag"]["severity"] for request in receiver.requests
    }
    assert told == {"flag.opened": "critical", "flag.resolved": "medium"}


def test_an_incident_is_told_once_it_is_published(
    receiver: Receiver, hook_to: Hook, responder: User
) -> None:
    hook_to(receiver)
    incident = writing.create_incident(
        by=responder, title="The queue “stood”", summary="It was full.", severity="high",
        relations={"hosts": {make_host("mx-1").name: "affected"}},
    )  # fmt: skip
    writing.move(incident, "review", by=responder)
    incident.refresh_from_db()
    writing.move(incident, "published", by=responder)
    incident.refresh_from_db()
    writing.move(incident, "published", by=responder)
    writing.save_incident(
        incident, expected=incident.revision, by=responder,
        changes={"summary": "It was fuller."}, comment="The queue had been measured too late",
    )  # fmt: skip
    send()
    (request,) = receiver.requests
    assert request.said["event"] == "incident.published"
    assert request.said["incident"]["title"] == "The queue “stood”"
    assert request.said["incident"]["hosts"] == ["mx-1"]


def test_a_restricted_incident_never_goes_out(
    receiver: Receiver, hook_to: Hook, responder: User
) -> None:
    webhook = hook_to(receiver)
    secret = writing.create_incident(by=responder, title="Secret", visibility="restricted")
    writing.move(secret, "published", by=responder)
    soon = writing.create_incident(by=responder, title="Restricted before it was sent")
    writing.move(soon, "published", by=responder)
    drain("webhook")
    soon.refresh_from_db()
    writing.save_incident(
        soon, expected=soon.revision, by=responder, changes={"visibility": "restricted"}
    )
    send()
    assert receiver.requests == []
    assert log_of(webhook) == [("incident.published", "withheld", 0)]


def test_a_change_that_is_rolled_back_tells_nothing(receiver: Receiver, hook_to: Hook) -> None:
    hook_to(receiver)
    with transaction.atomic():
        judge(make_pattern(), make_host(), State.MATCH)
        transaction.set_rollback(True)
    send()
    assert receiver.requests == []


def test_a_receiver_that_fails_gets_the_same_again_later_and_all_in_order(
    receiver: Receiver, hook_to: Hook
) -> None:
    webhook = hook_to(receiver)
    receiver.status, receiver.answer_body = 503, b"<b>later</b>\x00"
    pattern, host = make_pattern(), make_host()
    judge(pattern, host, State.MATCH)
    judge(pattern, host, State.CLEAR)
    assert send() == 0
    assert log_of(webhook) == [("flag.opened", "waiting", 1), ("flag.resolved", "waiting", 0)]
    first = WebhookDelivery.objects.earliest("pk")
    assert (first.status, first.error) == (503, "It answered 503: <b>later</b>")
    assert send() == 0, "it rests"
    assert len(receiver.requests) == 1
    receiver.status = 200
    assert send(after=timedelta(minutes=1)) == 2
    assert receiver.events == ["flag.opened", "flag.opened", "flag.resolved"]
    again, once = receiver.requests[1], receiver.requests[0]
    assert again.body == once.body
    assert again.headers["X-Twiceshy-Delivery"] == once.headers["X-Twiceshy-Delivery"]
    assert again.headers["X-Twiceshy-Signature"] != once.headers["X-Twiceshy-Signature"]
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.next_try_at) == (0, None, None)


def test_rests_grow_longer_up_to_an_hour(receiver: Receiver, hook_to: Hook) -> None:
    webhook = hook_to(receiver)
    receiver.status = 500
    judge(make_pattern(), make_host(), State.MATCH)
    drain("webhook")
    now, rests = timezone.now(), []
    for _ in range(13):
        deliver.send_due(now)
        webhook.refresh_from_db()
        rests.append((webhook.next_try_at - now).total_seconds())  # type: ignore[operator]
        now = webhook.next_try_at  # type: ignore[assignment]
    assert rests == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_after_three_days_of_failing_it_is_switched_off_and_says_so(
    receiver: Receiver, hook_to: Hook, keeper: User, browser_of: Any
) -> None:
    webhook = hook_to(receiver)
    receiver.status = 404
    judge(make_pattern(), make_host(), State.MATCH)
    send()
    send(after=timedelta(days=2, hours=23))
    webhook.refresh_from_db()
    assert webhook.enabled
    send(after=timedelta(days=3, hours=1))
    webhook.refresh_from_db()
    assert not webhook.enabled
    assert webhook.switched_off_because == (
        "It failed for three days. The last time: It answered 404."
    )
    assert log_of(webhook) == [("flag.opened", "dropped", 3)]
    assert "It failed for three days" in browser_of(keeper).get("/settings/").content.decode()
    judge(make_pattern(), make_host(), State.MATCH)
    send(after=timedelta(days=4))
    assert len(receiver.requests) == 3, "off is off"


def test_failing_webhooks_do_not_trouble_readyz(receiver: Receiver, hook_to: Hook) -> None:
    hook_to(receiver)
    receiver.status = 500
    judge(make_pattern(), make_host(), State.MATCH)
    OutboxRow.objects.exclude(topic="webhook").delete()
    for hours in range(20):
        send(after=timedelta(hours=hours))
    assert health_checks["outbox"]().ok
    assert not OutboxRow.objects.exists()


def test_one_dead_receiver_holds_back_nobody(receiver: Receiver, hook_to: Hook) -> None:
    dead = hook_to(receiver, url="http://127.0.0.1:9/nobody")
    alive = hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)
    assert send() == 1
    assert log_of(dead) == [("flag.opened", "waiting", 1)]
    assert log_of(alive) == [("flag.opened", "sent", 1)]


def test_a_process_that_dies_before_the_outbox_row_is_gone_queues_nothing_twice(
    receiver: Receiver, hook_to: Hook
) -> None:
    hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)
    rows = list(OutboxRow.objects.filter(topic="webhook"))
    handlers.queue_news(rows)
    handlers.queue_news(rows)
    assert send() == 1
    handlers.queue_news(rows)
    assert send() == 0
    assert receiver.events == ["flag.opened"]


def test_a_process_that_dies_after_sending_sends_again_under_the_same_number(
    receiver: Receiver, hook_to: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(deliver, "_note", die)
        with pytest.raises(SystemExit):
            send()
    assert send() == 1
    numbers = {request.headers["X-Twiceshy-Delivery"] for request in receiver.requests}
    assert len(receiver.requests) == 2
    assert len(numbers) == 1


def test_switching_off_by_hand_drops_what_waits(receiver: Receiver, hook_to: Hook) -> None:
    webhook = hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)
    drain("webhook")
    webhooks.change(webhook, now=NOW, enabled=False)
    webhooks.change(webhook, now=NOW, enabled=True)
    assert send() == 0
    assert log_of(webhook) == [("flag.opened", "dropped", 0)]


def test_the_log_is_kept_for_a_month(receiver: Receiver, hook_to: Hook) -> None:
    webhook = hook_to(receiver)
    judge(make_pattern(), make_host(), State.MATCH)
    send()
    assert deliver.tidy(timezone.now() + timedelta(days=29)) == 0
    assert deliver.tidy(timezone.now() + timedelta(days=31)) == 1
    assert log_of(webhook) == []


def test_many_opened_at_once_are_one_row_of_the_outbox() -> None:
    pattern = make_pattern()
    hosts = [make_host() for _ in range(3)]
    found = Finding(State.MATCH, "high", "Trouble.")
    flags.apply({host.pk: {pattern.pk: found} for host in hosts}, now=NOW, cause="sweep")
    (row,) = OutboxRow.objects.filter(topic="webhook")
    assert len(row.payload["transitions"]) == 3
    assert json.dumps(row.payload)
