"""Realistic content for the style guide at ``/look/``."""

from typing import Any


def components() -> dict[str, Any]:
    return {}
