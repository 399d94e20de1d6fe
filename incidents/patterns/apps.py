from django.apps import AppConfig


class PatternsConfig(AppConfig):
    name = "incidents.patterns"
    label = "patterns"
