"""How flags, patterns and sweeps look to tooling, and what is taken from it."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.patterns import sweeps
from incidents.patterns.citations import cite
from incidents.patterns.models import Flag, FlagTransition, Pattern, Sweep
from kb.accounts.models import User


class DayOrTime(serializers.Field[Any, Any, Any, Any]):
    """A time with its zone, or a day, which then counts to its end in UTC."""

    default_error_messages = {
        "invalid": "Write a day such as 2027-03-31 or a time such as 2027-03-31T12:00:00Z."
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            if len(data) == 10:
                return datetime.combine(date.fromisoformat(data), time(23, 59, 59), UTC)
            moment = datetime.fromisoformat(data)
        except (TypeError, ValueError):
            self.fail("invalid")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def to_representation(self, value: Any) -> Any:
        return value


class FlagSerializer(serializers.ModelSerializer[Flag]):
    pattern: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    title = serializers.CharField(source="pattern.title", read_only=True)
    likelihood = serializers.CharField(source="pattern.likelihood", read_only=True)
    host: Any = serializers.SlugRelatedField(slug_field="name", read_only=True)
    assigned_to: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    accepted_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Flag
        fields = [
            "id", "pattern", "title", "host", "state", "severity", "likelihood", "sentence",
            "evidence", "pattern_version", "matched_since", "opened_at", "resolved_at",
            "changed_at", "last_verdict", "last_verdict_at", "assigned_to", "accepted_until",
            "accepted_because", "accepted_by", "flapping",
        ]  # fmt: skip
        read_only_fields = fields


class TransitionSerializer(serializers.ModelSerializer[FlagTransition]):
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = FlagTransition
        fields = [
            "at", "before", "after", "cause", "by", "because", "severity", "sentence", "evidence",
            "pattern_version",
        ]  # fmt: skip
        read_only_fields = fields


class FlagDetailSerializer(FlagSerializer):
    """With its whole history, and the lessons and incidents behind it that the reader may see."""

    transitions = TransitionSerializer(many=True, read_only=True)
    citations = serializers.SerializerMethodField()

    class Meta(FlagSerializer.Meta):
        fields = [*FlagSerializer.Meta.fields, "citations", "transitions"]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_citations(self, flag: Flag) -> list[dict[str, str]]:
        slug = flag.pattern.slug
        told = cite([slug], self.context["request"].user)[slug]
        return [{"kind": one.kind, "title": one.title, "url": one.url} for one in told]


class AcceptSerializer(serializers.Serializer[Any]):
    until = DayOrTime(help_text="a day or a time, at most a year ahead")
    because = serializers.CharField(max_length=2000, help_text="why the risk is acceptable")


class ReopenSerializer(serializers.Serializer[Any]):
    because = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class AssignSerializer(serializers.Serializer[Any]):
    to: Any = serializers.SlugRelatedField(
        slug_field="username",
        queryset=User.objects.filter(is_active=True),
        allow_null=True,
        help_text="a username, or null for nobody",
        error_messages={"does_not_exist": "There is nobody called {value!r} here."},
    )


class BulkSerializer(serializers.Serializer[Any]):
    """One act on many flags: those listed in ``flags``, or all that ``filter`` leaves."""

    act = serializers.ChoiceField(choices=["acknowledge", "accept", "assign", "reopen"])
    flags = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=500
    )
    filter: Any = serializers.DictField(
        required=False, help_text="as in the address of the list, such as {severity: low}"
    )
    until = DayOrTime(required=False, help_text="to accept: a day or a time")
    because = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default="", help_text="to accept: why"
    )
    to: Any = serializers.SlugRelatedField(
        slug_field="username",
        queryset=User.objects.filter(is_active=True),
        allow_null=True,
        required=False,
        help_text="to assign: a username, or null for nobody",
        error_messages={"does_not_exist": "There is nobody called {value!r} here."},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("flags" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError(
                {"flags": "Say which flags: list them here, or give a filter; not both."}
            )
        if attrs["act"] == "accept" and "until" not in attrs:
            raise serializers.ValidationError({"until": "Say until when, at most a year ahead."})
        if attrs["act"] == "assign" and "to" not in attrs:
            raise serializers.ValidationError({"to": "Say to whom, or null for nobody."})
        return attrs


def as_address(filters: dict[str, Any]) -> QueryDict:
    """A filter as JSON in the form it has in an address; a list stands for several of one name."""
    said = QueryDict(mutable=True)
    for name, value in filters.items():
        said.setlist(name, [str(one) for one in (value if isinstance(value, list) else [value])])
    return said


def what_of(said: dict[str, Any]) -> dict[str, Any]:
    """Keywords of the act that a ``BulkSerializer`` took in."""
    wanted = {"accept": ("until", "because"), "assign": ("to",), "reopen": ("because",)}
    return {name: said[name] for name in wanted.get(said["act"], ())}


class PatternSerializer(serializers.ModelSerializer[Pattern]):
    """One of the library: counts of its latest verdicts come from the view."""

    verdicts = serializers.SerializerMethodField()

    class Meta:
        model = Pattern
        fields = [
            "slug", "title", "severity", "likelihood", "lessons", "origin", "enabled", "version",
            "verdicts",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_verdicts(self, pattern: Pattern) -> dict[str, int]:
        counts: dict[str, dict[str, int]] = self.context.get("counts", {})
        return counts.get(pattern.slug, {})


class PatternDetailSerializer(serializers.ModelSerializer[Pattern]):
    """With its whole wording, as it stands.  (Counts are in the list and in /coverage/: they
    move with every host, and are no reason for a writer to start again.)"""

    spec = serializers.SerializerMethodField()

    class Meta:
        model = Pattern
        fields = [
            "slug", "title", "severity", "likelihood", "lessons", "origin", "enabled", "version",
            "spec",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object"})
    def get_spec(self, pattern: Pattern) -> Any:
        return pattern.versions.get(number=pattern.version).spec


class PreviewSerializer(serializers.Serializer[Any]):
    applies = serializers.CharField(max_length=4000, required=False, default="true")
    match = serializers.CharField(max_length=4000)
    thresholds = serializers.DictField(required=False, default=dict)


class SweepSerializer(serializers.ModelSerializer[Sweep]):
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    hosts_done = serializers.SerializerMethodField()

    class Meta:
        model = Sweep
        fields = [
            "id", "state", "why", "moment", "by", "created_at", "started_at", "finished_at",
            "hosts_done", "hosts_total", "patterns_total", "verdicts", "opened", "resolved",
            "broken",
        ]  # fmt: skip
        read_only_fields = fields

    def get_hosts_done(self, sweep: Sweep) -> int:
        return sweeps.hosts_done(sweep)


def moment_of_request() -> datetime:
    """The one place where these doors look at the clock."""
    return timezone.now()
