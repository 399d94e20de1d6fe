"""The shipped library, and a way to judge."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.patterns.judge import judge_hosts
from incidents.patterns.keeping import Judgement
from incidents.patterns.shipped import load_shipped
from tests.support.factories import NOW


@pytest.fixture
def library(db: None) -> None:
    load_shipped()


@pytest.fixture
def judge() -> Callable[..., Judgement]:
    """``judge(host, …, now=…)``: judge these hosts."""

    def judge(*hosts: Any, now: Any = NOW, **options: Any) -> Judgement:
        return judge_hosts([host.pk for host in hosts], now=now, **options)

    return judge
