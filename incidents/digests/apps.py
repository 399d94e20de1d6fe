from django.apps import AppConfig


class DigestsConfig(AppConfig):
    name = "incidents.digests"
    label = "digests"
