from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "kb.outbox"
    label = "outbox"
