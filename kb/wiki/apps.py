from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WikiConfig(AppConfig):
    name = "kb.wiki"
    label = "wiki"

    def ready(self) -> None:
        # Each app with text that people write says in tracked.py what a revision of it holds.
        autodiscover_modules("tracked")
        from kb.wiki import api_history  # noqa: F401 - its addresses under /api/v1/
