from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "incidents.records"
    label = "records"
