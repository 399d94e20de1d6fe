from django.apps import AppConfig


class BinConfig(AppConfig):
    name = "kb.bin"
    label = "bin"
