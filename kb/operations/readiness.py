"""Asking every part whether it works."""

import logging

from kb.web.health import Health, health_checks

log = logging.getLogger(__name__)


def ask_all() -> dict[str, Health]:
    """Every registered question, answered; one that breaks is an answer too."""
    answers = {}
    for name, check in health_checks.items():
        try:
            answers[name] = check()
        except Exception:  # a broken question must not hide the others
            log.exception("The health check %s broke", name)
            answers[name] = Health(False, "could not be asked; the log says why")
    return answers
