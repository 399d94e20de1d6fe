"""What ``/readyz`` and ``manage.py doctor`` ask: each room registers its own question."""

from collections.abc import Callable
from dataclasses import dataclass

from kb.web.registry import Registry


@dataclass(frozen=True, slots=True)
class Health:
    """One answer: whether this part works, and in plain words what is seen or missing."""

    ok: bool
    says: str


health_checks: Registry[Callable[[], Health]] = Registry("health check")
