"""How incidents, timelines, lessons and actions are read and written by tooling: all by name."""

from functools import cached_property
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from incidents.hosts.api_fields import Named
from incidents.hosts.models import Host, Service
from incidents.patterns.models import Pattern
from incidents.records import actions, lessons, writing
from incidents.records.lesson_life import move_lesson, quote
from incidents.records.missing import missing
from incidents.records.models import (
    Action,
    Factor,
    HostRole,
    Incident,
    Lesson,
    TimelineEntry,
)
from incidents.records.timeline import NewLine, add_line, add_lines, save_line
from incidents.records.times import TIMES
from incidents.records.tracked import TEXTS
from incidents.records.trails import ActionEvent, LessonQuote
from kb.accounts.models import Team, User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer, Tags

_KEPT = ["revision", "created_at", "updated_at", "updated_by"]


class Reason(serializers.CharField):
    """Why something is changed; it stands in the history, and not in the thing itself."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"required": False, "write_only": True, "allow_blank": True} | kwargs
        super().__init__(max_length=200, **kwargs)


class LineSerializer(RevisedSerializer):
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    key = serializers.UUIDField(required=False, allow_null=True)
    comment = Reason()

    class Meta:
        model = TimelineEntry
        fields = ["id", "at", "what", "evidence", "kind", "by", "key", "comment", *_KEPT]
        read_only_fields = ["created_at", "updated_at"]

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> TimelineEntry:
        reason = fields.pop("comment", "")
        return add_line(self.context["incident"], by=self.user, reason=reason, **fields)

    def store(
        self, instance: TimelineEntry, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[TimelineEntry] | Conflict[TimelineEntry]:
        comment = changes.pop("comment", "")
        _refuse_key(instance, changes)
        return save_line(
            instance, expected=instance.revision, by=self.user, changes=changes, comment=comment
        )


def _refuse_key(instance: Any, changes: dict[str, Any]) -> None:
    """A key tells what was sent before from what is new; it is given once."""
    if changes.pop("key", instance.key) != instance.key:
        raise serializers.ValidationError({"key": "A key is given when it is made, and stays."})


class HostNames(serializers.Field):
    """The hosts of an incident as a list of names."""

    def to_representation(self, links: Any) -> list[str]:
        return sorted(link.host.name for link in links.all())

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
            raise serializers.ValidationError("Give a list of host names.")
        return data


class IncidentSerializer(RevisedSerializer):
    """``hosts`` lists names; ``host_roles`` says of each whether it was affected, contributed or
    helped (affected unless said).  ``timeline`` may be given when an incident is made.
    """

    author: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    lead: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    facilitator: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    reviewer: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    involved: Any = Named(
        slug_field="username", queryset=User.objects.all(), many=True, required=False
    )
    allowed_users: Any = Named(
        slug_field="username", queryset=User.objects.all(), many=True, required=False
    )
    allowed_teams: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), many=True, required=False
    )
    hosts: Any = HostNames(source="host_links", required=False)
    host_roles: Any = serializers.DictField(
        child=serializers.ChoiceField(HostRole.choices), required=False, write_only=True
    )
    services: Any = Named(
        slug_field="slug", queryset=Service.objects.all(), many=True, required=False
    )
    factors: Any = Named(
        slug_field="slug", queryset=Factor.objects.all(), many=True, required=False
    )
    lessons: Any = Named(
        slug_field="slug",
        queryset=Lesson.objects.filter(deleted_at=None),
        many=True,
        required=False,
    )
    patterns: Any = Named(
        slug_field="slug", queryset=Pattern.objects.all(), many=True, required=False
    )
    tags: Any = Tags(required=False)
    time_sources: Any = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False
    )
    time_uncertainty: Any = serializers.DictField(
        child=serializers.IntegerField(min_value=1), required=False
    )
    timeline: Any = LineSerializer(many=True, required=False)
    key = serializers.UUIDField(required=False, allow_null=True)
    comment = Reason()
    actions: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    link_keys = {
        "services": "slug",
        "factors": "slug",
        "lessons": "slug",
        "patterns": "slug",
        "involved": "username",
        "allowed_users": "username",
        "allowed_teams": "slug",
    }

    class Meta:
        model = Incident
        fields = [
            "id", "title", "kind", "severity", "status", "visibility", "allowed_users",
            "allowed_teams", "author", "lead", "facilitator", "reviewer", "involved", *TIMES,
            "time_sources", "time_uncertainty", *TEXTS, "tags", "factors",
            "hosts", "host_roles", "services", "lessons", "patterns", "timeline", "actions",
            "key", "comment", *_KEPT,
        ]  # fmt: skip
        read_only_fields = ["created_at", "updated_at"]

    def to_representation(self, instance: Incident) -> Any:
        data = super().to_representation(instance)
        roles = {link.host.name: link.role for link in instance.host_links.all()}
        data["host_roles"] = dict(sorted(roles.items()))
        data["missing"] = [one.code for one in missing(instance)]
        return data

    def validate_hosts(self, names: list[str]) -> list[str]:
        self._refuse_strangers(names)
        return names

    def validate_host_roles(self, roles: dict[str, str]) -> dict[str, str]:
        self._refuse_strangers(list(roles))
        return roles

    def _refuse_strangers(self, names: list[str]) -> None:
        there = set(Host.objects.filter(name__in=names).values_list("name", flat=True))
        missing = [name for name in dict.fromkeys(names) if name not in there]
        if missing:
            raise serializers.ValidationError(
                [f"There is no {name!r}. Make it first, or mend the name." for name in missing]
            )

    def validate_timeline(self, lines: Any) -> Any:
        if self.instance is not None:
            raise serializers.ValidationError("Send lines to …/timeline/, one by one.")
        return lines

    def relations(self, validated: dict[str, Any]) -> dict[str, Any]:
        found = super().relations(validated)
        names, roles = validated.pop("host_links", None), validated.pop("host_roles", None)
        if names is None and roles is None:
            return found
        return found | {"hosts": self._roles(names, roles or {})}

    def _roles(self, names: list[str] | None, said: dict[str, str]) -> dict[str, str]:
        """Names without a role keep the one they have, or were affected."""
        if names is None:
            return said
        links = self.instance.host_links.all() if self.instance is not None else []
        before = {link.host.name: link.role for link in links}
        extra = sorted(set(said) - set(names))
        if extra:
            raise serializers.ValidationError(
                {"host_roles": f"{extra[0]!r} has a role but is not in hosts."}
            )
        return {n: said.get(n) or before.get(n) or HostRole.AFFECTED.value for n in names}

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Incident:
        lines = [NewLine(**line) for line in fields.pop("timeline", [])]
        fields.pop("comment", None)
        incident = writing.create_incident(by=self.user, relations=relations, **fields)
        add_lines(incident, lines, by=self.user, amends=False)
        return incident

    def store(
        self, instance: Incident, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Incident] | Conflict[Incident]:
        comment = changes.pop("comment", "")
        _refuse_key(instance, changes)
        return writing.save_incident(
            instance,
            expected=instance.revision,
            by=self.user,
            changes=changes,
            relations=relations,
            comment=comment,
        )


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
            "incidents", "taught_by", "patterns", "reason", *_KEPT,
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


class ActionSerializer(RevisedSerializer):
    incident: Any = serializers.PrimaryKeyRelatedField(
        queryset=Incident.objects.all(), allow_null=True, required=False
    )
    lesson: Any = Named(
        slug_field="slug",
        queryset=Lesson.objects.filter(deleted_at=None),
        allow_null=True,
        required=False,
    )
    owner: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    team: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    verified_by: Any = Named(
        slug_field="slug", queryset=Pattern.objects.all(), allow_null=True, required=False
    )
    verify_hosts: Any = Named(
        slug_field="name", queryset=Host.objects.all(), many=True, required=False
    )
    comment = Reason()

    link_keys = {"verify_hosts": "name"}

    class Meta:
        model = Action
        fields = [
            "id", "title", "notes", "kind", "state", "incident", "lesson", "owner", "owner_name",
            "team", "due", "tracker_url", "verified_by", "verify_scope", "verify_hosts",
            "verified_at", "done_at", "comment", *_KEPT,
        ]  # fmt: skip
        read_only_fields = ["owner_name", "verified_at", "done_at", "created_at", "updated_at"]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if "request" in self.context and self.user.is_authenticated:
            # An incident that the writer may not see must look like one that is not there.
            fields["incident"].queryset = Incident.objects.visible_to(self.user)
        return fields

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Action:
        fields.pop("comment", None)
        return actions.create_action(
            by=self.user,
            now=timezone.now(),
            verify_hosts=relations.get("verify_hosts", ()),
            **fields,
        )

    def store(
        self, instance: Action, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Action] | Conflict[Action]:
        comment = changes.pop("comment", "")
        return actions.save_action(
            instance,
            expected=instance.revision,
            by=self.user,
            changes=changes,
            relations=relations,
            comment=comment,
            now=timezone.now(),
        )


class EventSerializer(serializers.ModelSerializer[ActionEvent]):
    """What an action went through; ``by`` is the name it was done under, empty where facts did."""

    by: Any = serializers.CharField(source="by_name", read_only=True)

    class Meta:
        model = ActionEvent
        fields = [
            "id", "action", "at", "kind", "before", "after", "by", "because", "pattern", "hosts",
            "flag",
        ]  # fmt: skip
