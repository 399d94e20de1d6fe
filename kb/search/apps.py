from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "kb.search"
    label = "search"

    def ready(self) -> None:
        from kb.accounts import teams
        from kb.search.indexing import renamed

        teams.renamed.register("index", lambda pk: renamed(f"team:{pk}"))
