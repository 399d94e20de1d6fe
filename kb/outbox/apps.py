"""Afterthoughts of a change: posted in its transaction, drained in order, at least once."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    name = "kb.outbox"
    label = "outbox"

    def ready(self) -> None:
        autodiscover_modules("handlers")
