from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "incidents.exports"
    label = "exports"
