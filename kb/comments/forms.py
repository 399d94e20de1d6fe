"""The form of a comment."""

from kb.comments.models import Comment
from kb.wiki.forms import RevisedForm, WritingWidget


class CommentForm(RevisedForm):
    class Meta:
        model = Comment
        fields = ["body"]
        labels = {"body": "Your comment"}
        widgets = {"body": WritingWidget}
