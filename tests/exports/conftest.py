"""A receiver that the tests may send to, and webhooks that lead there."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from incidents.exports import webhooks
from incidents.exports.models import Event, Webhook
from kb.accounts.models import User
from tests.exports.receiver import Receiver, running


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW = ["127.0.0.0/8"]
    with running() as one:
        yield one


@pytest.fixture
def hook_to(keeper: User) -> Callable[..., Webhook]:
    number = count(1)

    def make(receiver: Receiver, **fields: Any) -> Webhook:
        said = {
            "name": f"Chat {next(number)}",
            "url": receiver.url,
            "events": list(Event.values),
        } | fields
        return webhooks.create(by=keeper, **said)

    return make
