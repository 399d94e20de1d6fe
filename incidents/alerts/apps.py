from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured


class AlertsConfig(AppConfig):
    name = "incidents.alerts"
    label = "alerts"

    def ready(self) -> None:
        register(check_rules)


def check_rules(**said: Any) -> Iterable[CheckMessage]:
    """A rule that cannot be read is told before the first alert comes, not by refusing it."""
    from incidents.alerts.matching import matchers

    try:
        matchers(settings.ALERTS_OPEN_INCIDENTS)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="alerts.E001")]
    return []
