"""Lessons and the words that are evidence for them, by tooling."""

from functools import cached_property
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from incidents.hosts.api_fields import Named
from incidents.records import lessons
from incidents.records.lesson_life import move_lesson, quote
from incidents.records.models import Incident, Lesson
from incidents.records.serializers.shared import KEPT, Reason
from incidents.records.trails import LessonQuote
from kb.accounts.models import Team
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer, Tags


class LessonSerializer(RevisedSerializer):
    """``incidents`` are those the reader may see; ``patterns`` name the lesson themselves."""

    slug = serializers.SlugField(
        max_length=120, required=False, validators=[UniqueValidator(Lesson.objects.all())]
    )
    owner: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    tags: Any = Tags(required=False)
    incidents = serializers.SerializerMethodField()
    taught_by: Any = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, write_only=True
    )
    patterns = serializers.SerializerMethodField()
    reason = Reason()

    class Meta:
        model = Lesson
        fields = [
            "slug", "title", "statement", "why", "scope", "state", "owner", "review_by", "tags",
            "confidence", "origin",
            "incidents", "taught_by", "patterns", "reason", *KEPT,
        ]  # fmt: skip
        read_only_fields = ["origin", "created_at", "updated_at"]

    @cached_property
    def _watchers(self) -> dict[str, list[str]]:
        root: Any = self.root
        rows = root.instance if getattr(root, "many", False) else [root.instance]
        found = lessons.watchers(lesson.slug for lesson in rows or [] if lesson is not None)
        return {slug: sorted(p.slug for p in patterns) for slug, patterns in found.items()}

    def get_patterns(self, lesson: Lesson) -> list[str]:
        if lesson.slug not in self._watchers:
            return sorted(p.slug for p in lessons.watchers([lesson.slug])[lesson.slug])
        return self._watchers[lesson.slug]

    def get_incidents(self, lesson: Lesson) -> list[int]:
        return sorted(incident.pk for incident in self._taught(lesson))

    def _taught(self, lesson: Lesson) -> list[Incident]:
        seen: list[Incident] | None = getattr(lesson, "seen_incidents", None)
        return lessons.taught_by(lesson, self.user) if seen is None else seen

    def validate_slug(self, slug: str) -> str:
        if self.instance is not None and slug != self.instance.slug:
            raise serializers.ValidationError("An address stays for ever; change the title only.")
        return slug

    def validate_taught_by(self, numbers: list[int]) -> list[Incident]:
        seen = Incident.objects.visible_to(self.user).in_bulk(numbers)
        missing = [number for number in numbers if number not in seen]
        if missing:
            raise serializers.ValidationError(f"There is no incident {missing[0]}.")
        return list(seen.values())

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Lesson:
        taught = fields.pop("taught_by", [])
        fields.pop("reason", None)
        return lessons.create_lesson(by=self.user, incidents=taught, **fields)

    def store(
        self, instance: Lesson, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Lesson] | Conflict[Lesson]:
        changes.pop("slug", None)
        taught = changes.pop("taught_by", None)
        if taught is not None:
            lessons.set_taught(instance, taught, by=self.user)
        state, reason = changes.pop("state", instance.state), changes.pop("reason", "")
        if state != instance.state:
            now = timezone.now()
            moved = move_lesson(instance, state, by=self.user, now=now, reason=reason)
            instance.revision = moved.current.revision
        return revisions.save(
            instance, expected=instance.revision, by=self.user, changes=changes, comment=reason
        )


class QuoteSerializer(serializers.ModelSerializer[LessonQuote]):
    """Words of an incident as evidence for a lesson."""

    incident: Any = serializers.PrimaryKeyRelatedField(queryset=Incident.objects.all())
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = LessonQuote
        fields = ["id", "incident", "quote", "by", "at"]
        read_only_fields = ["at"]

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        if "request" in self.context:
            # An incident that the writer may not see must look like one that is not there.
            fields["incident"].queryset = Incident.objects.visible_to(self.context["request"].user)
        return fields

    def create(self, validated: dict[str, Any]) -> LessonQuote:
        return quote(
            self.context["lesson"],
            validated["incident"],
            validated["quote"],
            by=self.context["request"].user,
            now=timezone.now(),
        )
