from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "kb.attachments"
    label = "attachments"

    def ready(self) -> None:
        from kb.attachments import carried  # noqa: F401 - revisions hold which files hang on what
