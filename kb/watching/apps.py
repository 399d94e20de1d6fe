from django.apps import AppConfig


class WatchingConfig(AppConfig):
    name = "kb.watching"
    label = "watching"
