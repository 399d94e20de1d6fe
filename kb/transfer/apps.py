from django.apps import AppConfig


class TransferConfig(AppConfig):
    name = "kb.transfer"
    label = "transfer"
