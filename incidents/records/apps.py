from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "incidents.records"
    label = "records"

    def ready(self) -> None:
        from incidents.records import citing  # noqa: F401 - registers the stories behind patterns
