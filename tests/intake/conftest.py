"""What tests of the doors share."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def patience(settings: Any) -> None:
    """A door waits for the flags as long as a busy machine needs."""
    settings.JUDGE_SECONDS = 120.0
