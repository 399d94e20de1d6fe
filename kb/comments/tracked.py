"""What a revision of a comment holds; it is found through what it is about."""

from kb.comments.models import Comment
from kb.wiki.tracking import track

track(
    Comment,
    kind="comment",
    fields=["body", "resolved_at", "resolved_by", "deleted_at"],
    index_key=lambda comment: comment.thing_key,
    merges=True,
)
