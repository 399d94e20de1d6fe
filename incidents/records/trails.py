"""What actions and lessons went through, only ever added to; and the words incidents lend lessons.

``ActionEvent`` is what mail, pages and the API read to know that an action closed itself or came
back: each row says what, when, and who or what caused it.
"""

from typing import Self

from django.db import models

from incidents.patterns.models import Flag
from incidents.records.models import Action, ActionState, Incident, Lesson, LessonState
from kb.accounts.models import User


class ActionEventKind(models.TextChoices):
    CREATED = "created", "Written down"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"
    OPENED = "opened", "Opened again"
    VERIFIED = "verified", "Borne out by facts"
    REOPENED = "reopened", "Reopened by facts"
    GIVEN = "given", "Given over"
    MOVED = "moved", "Due on another day"


class ActionEventQuerySet(models.QuerySet["ActionEvent"]):
    def visible_to(self, user: User) -> Self:
        """What happened to actions the user may see."""
        return self.filter(action__in=Action.objects.visible_to(user))


class ActionEvent(models.Model):
    """One thing that happened to an action.  ``by`` is empty where facts did it: then ``host`` and
    ``flag`` say which, and ``because`` says it in a sentence.
    """

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=ActionEventKind)
    before = models.CharField(max_length=10, choices=ActionState, blank=True)
    after = models.CharField(max_length=10, choices=ActionState)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    because = models.TextField(blank=True)
    pattern = models.CharField(max_length=80, blank=True, help_text="slug, where facts did it")
    hosts = models.JSONField(default=list, blank=True, help_text="names, where facts did it")
    flag = models.ForeignKey(
        Flag, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ActionEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            # Serves whoever reads on from where they were: what facts did since then.
            models.Index(fields=["kind", "id"], name="action_event_kind"),
        ]


class VerificationMark(models.Model):
    """Up to where verdicts were read for actions: one row."""

    told = models.PositiveBigIntegerField(default=0, help_text="newest verdict that was another")
    asked = models.CharField(max_length=64, blank=True, help_text="the actions and what they ask")
    at = models.DateTimeField()


class LessonMove(models.Model):
    """Who moved a lesson to another state, when and why; keeping it as it is is a move too."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="moves")
    at = models.DateTimeField()
    before = models.CharField(max_length=10, choices=LessonState)
    after = models.CharField(max_length=10, choices=LessonState)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]


class LessonQuoteQuerySet(models.QuerySet["LessonQuote"]):
    def visible_to(self, user: User) -> Self:
        """Words from incidents the user may see, that nobody has taken back."""
        seen = Incident.objects.visible_to(user)
        return self.filter(taken_back_at=None, incident__in=seen)


class LessonQuote(models.Model):
    """A sentence of an incident that shows the lesson.  It is seen by whoever sees the incident."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="quotes")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="quotes")
    quote = models.TextField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = LessonQuoteQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
