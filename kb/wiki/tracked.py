"""What a revision of a page holds."""

from typing import Any

from kb.wiki import mentions
from kb.wiki.models import Page
from kb.wiki.revisions import track
from kb.wiki.tracking import Links


def _set_about(page: Any, names: Any) -> None:
    mentions.set_about(page, names, home=f"page:{page.pk}")


track(
    Page,
    kind="page",
    fields=["slug", "title", "body", "tags", "is_runbook", "owner", "review_by", "deleted_at"],
    links={"about": Links(mentions.about, _set_about)},
    merges=True,
)
