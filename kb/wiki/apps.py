from django.apps import AppConfig


class WikiConfig(AppConfig):
    name = "kb.wiki"
    label = "wiki"
