from django.apps import AppConfig


class ExampleConfig(AppConfig):
    name = "incidents.example"
    label = "example"
