from django.apps import AppConfig


class HostsConfig(AppConfig):
    name = "incidents.hosts"
    label = "hosts"
