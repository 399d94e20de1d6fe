from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

# The modules in which an app tells the lower rooms about itself (docs/architecture.md).
REGISTERING_MODULES = (
    "things", "search", "derived", "panels", "health", "links", "api", "metrics", "files",
    "watched", "uniting",
)  # fmt: skip


class WebConfig(AppConfig):
    name = "kb.web"
    label = "web"

    def ready(self) -> None:
        for module in REGISTERING_MODULES:
            autodiscover_modules(module)
