"""Who may change patterns: responders write their team's, admins look after the whole library."""

from typing import Any

from incidents.patterns.models import Pattern


def may_enable(user: Any) -> bool:
    """Whether this person switches patterns on and off."""
    return bool(user.is_authenticated and user.is_keeper)


def may_reword(user: Any, pattern: Pattern) -> bool:
    """Whether this person saves a new version of ``pattern``."""
    if not user.is_authenticated:
        return False
    return bool(user.is_keeper if pattern.origin == "library" else user.may_write)
