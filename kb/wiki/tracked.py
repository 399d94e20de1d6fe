"""What a revision of a page holds."""

from kb.wiki.models import Page
from kb.wiki.revisions import track

track(
    Page,
    kind="page",
    fields=["title", "body", "tags", "is_runbook", "owner", "review_by", "deleted_at"],
    merges=True,
)
