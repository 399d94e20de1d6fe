"""Incidents with their lines, by tooling."""

from typing import Any

from rest_framework import serializers

from incidents.hosts.api_fields import Named
from incidents.hosts.models import Host, Service
from incidents.patterns.models import Pattern
from incidents.records import writing
from incidents.records.missing import missing
from incidents.records.models import Factor, HostRole, Incident, Lesson, TimelineEntry
from incidents.records.serializers.shared import KEPT, Reason, refuse_key
from incidents.records.timeline import NewLine, add_line, add_lines, save_line
from incidents.records.times import TIMES
from incidents.records.tracked import TEXTS
from kb.accounts.models import Team, User
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer, Tags


class LineSerializer(RevisedSerializer):
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    key = serializers.UUIDField(required=False, allow_null=True)
    comment = Reason()

    class Meta:
        model = TimelineEntry
        fields = ["id", "at", "what", "evidence", "kind", "by", "key", "comment", *KEPT]
        read_only_fields = ["created_at", "updated_at"]

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> TimelineEntry:
        reason = fields.pop("comment", "")
        return add_line(self.context["incident"], by=self.user, reason=reason, **fields)

    def store(
        self, instance: TimelineEntry, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[TimelineEntry] | Conflict[TimelineEntry]:
        comment = changes.pop("comment", "")
        refuse_key(instance, changes)
        return save_line(
            instance, expected=instance.revision, by=self.user, changes=changes, comment=comment
        )


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
            "key", "comment", *KEPT,
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
        refuse_key(instance, changes)
        return writing.save_incident(
            instance,
            expected=instance.revision,
            by=self.user,
            changes=changes,
            relations=relations,
            comment=comment,
        )
