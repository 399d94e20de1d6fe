from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kb.accounts"
    label = "accounts"

    def ready(self) -> None:
        import_module("kb.accounts.openapi")  # drf-spectacular learns of it by the import
