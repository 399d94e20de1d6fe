from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "incidents.overview"
    label = "overview"
