"""What belongs to a write-up beside its own fields: many lines, links, hints, what is missing; the
taxonomy of factors; the reading club.
"""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.records import between, factors, pasted, reading
from incidents.records.markdown_incident import markdown_of
from incidents.records.missing import missing
from incidents.records.models import Factor, Incident, IncidentLink, IncidentLinkKind
from incidents.records.serializers import LineSerializer
from incidents.records.steps import Reading
from incidents.records.timeline import MOST_AT_ONCE, NewLine, add_lines
from incidents.records.tracked import TEXTS
from incidents.records.views.paste import as_new_line
from incidents.records.wording import hints, hints_in
from kb.web.moments import zone_of
from kb.web.paging import CursorPage
from kb.web.resource import CreateMixin, ReadMixin, Resource
from kb.wiki.thrown import the


class _OfIncident(Resource):
    """Something of the incident in the address, which must be there for the caller."""

    queryset: Any = Incident.objects.all()

    @property
    def incident(self) -> Incident:
        return the(Incident, self.request, pk=self.kwargs["pk"])


# --- lines in numbers -------------------------------------------------------------------------


class PastedSerializer(serializers.Serializer[Any]):
    """A log, and what it leaves out: whose clock, and the day where its lines name only a time."""

    text = serializers.CharField(max_length=pasted.MOST_TEXT, trim_whitespace=False)
    zone = serializers.CharField(max_length=64, default="UTC")
    day = serializers.DateField(required=False)

    def validate_zone(self, name: str) -> str:
        if zone_of(name).key != name:
            raise serializers.ValidationError(f"There is no time zone {name!r}.")
        return name


class ReadLog(_OfIncident):
    """A pasted log as lines, ready to be sent to ``…/timeline/many/``; nothing is stored."""

    serializer_class = PastedSerializer
    only_reads = True

    @extend_schema(operation_id="incidents_timeline_read")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        incident = self.incident
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said, now = serializer.validated_data, timezone.now()
        day: date = said.get("day") or incident.happened_at.date()
        lines = pasted.read(said["text"], zone=zone_of(said["zone"]), day=day, now=now)
        return Response({"lines": [self._line(incident, line) for line in lines]})

    @staticmethod
    def _line(incident: Incident, line: pasted.PastedLine) -> dict[str, Any]:
        told = {"at": line.at, "who": line.who, "form": line.form, "what": line.what}
        if line.at is None:
            return told | {"key": None, "evidence": ""}
        new = as_new_line(incident.pk, line.at, line)
        return told | {"what": new.what, "evidence": new.evidence, "key": str(new.key)}


class ManyLines(serializers.Serializer[Any]):
    lines = LineSerializer(many=True, allow_empty=False)
    comment = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def validate_lines(self, lines: list[Any]) -> list[Any]:
        if len(lines) > MOST_AT_ONCE:
            raise serializers.ValidationError(f"At most {MOST_AT_ONCE} lines at once.")
        return lines


class LinesAtOnce(_OfIncident):
    """Several lines at once, all or none; each key is taken once."""

    serializer_class = ManyLines

    @extend_schema(operation_id="incidents_timeline_many")
    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        incident = self.incident
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        lines = [
            NewLine(**{name: value for name, value in line.items() if name != "comment"})
            for line in said["lines"]
        ]
        stored = add_lines(incident, lines, by=request.user, reason=said.get("comment", ""))  # type: ignore[arg-type]
        context = self.get_serializer_context()
        shown = LineSerializer(stored, many=True, context=context).data
        return Response({"results": shown}, status=201)


# --- the write-up -----------------------------------------------------------------------------


class Lacking(_OfIncident):
    """What the write-up still lacks, by code, and where its words blame somebody."""

    serializer_class = serializers.Serializer

    @extend_schema(operation_id="incidents_missing")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        incident = self.incident
        lacking = [
            {"code": one.code, "field": one.field, "words": one.words, "why": one.why,
             "light": one.light}
            for one in missing(incident)
        ]  # fmt: skip
        blaming = hints_in({name: getattr(incident, name) for name in TEXTS})
        told = {name: [_hint(one) for one in found] for name, found in blaming.items()}
        return Response({"missing": lacking, "hints": told})


class MarkdownFile(_OfIncident):
    """The write-up as a file: front matter and sections."""

    serializer_class = serializers.Serializer

    @extend_schema(operation_id="incidents_markdown", responses={(200, "text/markdown"): str})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        text = markdown_of(self.incident, request.user)  # type: ignore[arg-type]
        return HttpResponse(text, content_type="text/markdown; charset=utf-8")


class Moves(_OfIncident):
    """Who moved the write-up on, when and why."""

    serializer_class = serializers.Serializer

    @extend_schema(operation_id="incidents_moves")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.incident.moves.select_related("by")
        told = [
            {"at": move.at, "before": move.before, "after": move.after, "reason": move.reason,
             "by": move.by.username if move.by else None, "revision": move.revision}
            for move in rows
        ]  # fmt: skip
        return Response({"results": told})


class WordsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=100_000, allow_blank=True, trim_whitespace=False)


class Wording(Resource):
    """Where a text blames somebody: hints for whoever writes it; nothing is stored."""

    queryset = Incident.objects.all()
    serializer_class = WordsSerializer
    only_reads = True

    @extend_schema(operation_id="incidents_wording")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        found = hints(serializer.validated_data["text"])
        return Response({"hints": [_hint(one) for one in found]})


def _hint(hint: Any) -> dict[str, Any]:
    return {"code": hint.code, "words": hint.words, "start": hint.start, "why": hint.why}


# --- links ------------------------------------------------------------------------------------


class LinkSerializer(serializers.ModelSerializer[IncidentLink]):
    """``from_incident`` is a repeat of ``to_incident``, or as ``kind`` says."""

    kind = serializers.ChoiceField(IncidentLinkKind.choices)
    from_incident: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    to_incident: Any = serializers.PrimaryKeyRelatedField(queryset=Incident.objects.all())
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = IncidentLink
        fields = ["id", "kind", "from_incident", "to_incident", "note", "by", "made_at"]
        read_only_fields = ["made_at"]
        validators: list[Any] = []  # sent twice it is there once

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            # One that the caller may not see must look like one that is not there.
            fields["to_incident"].queryset = Incident.objects.visible_to(request.user)
        return fields

    def create(self, validated: dict[str, Any]) -> IncidentLink:
        return between.link(
            self.context["incident"],
            validated["to_incident"],
            validated["kind"],
            by=self.context["request"].user,
            note=validated.get("note", ""),
        )


class Links(ReadMixin, CreateMixin, _OfIncident):
    """How the incident bears on others, as far as the caller may see both ends."""

    queryset = IncidentLink.objects.select_related("by")
    serializer_class = LinkSerializer
    lookup_url_kwarg = "link"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.of(self.incident) if "pk" in self.kwargs else rows

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "pk" in self.kwargs:
            context["incident"] = self.incident
        return context

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a link away."""
        between.unlink(self.get_object(), by=request.user)  # type: ignore[arg-type]
        return Response(status=204)


# --- factors ----------------------------------------------------------------------------------


class FactorSerializer(serializers.ModelSerializer[Factor]):
    slug = serializers.SlugField(max_length=60, required=False)

    class Meta:
        model = Factor
        fields = ["slug", "name", "about", "origin", "retired"]
        read_only_fields = ["origin"]

    def validate_slug(self, slug: str) -> str:
        if self.instance is not None and slug != self.instance.slug:
            raise serializers.ValidationError("A slug stays for ever; change the name only.")
        return slug

    def create(self, validated: dict[str, Any]) -> Factor:
        validated.pop("retired", None)
        return factors.add_factor(**validated)

    def update(self, instance: Factor, validated: dict[str, Any]) -> Factor:
        validated.pop("slug", None)
        return factors.change_factor(instance, **validated)


class ByName(CursorPage):
    ordering = "slug"


class FactorResource(ReadMixin, CreateMixin, Resource):
    """Kinds of contributing factors: those that ship, and ours."""

    queryset = Factor.objects.all()
    serializer_class = FactorSerializer
    pagination_class = ByName
    lookup_field = "slug"

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Reword it, or stop offering it."""
        serializer = self.get_serializer(self.locked(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)


# --- the reading club -------------------------------------------------------------------------


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    incident: Any = serializers.PrimaryKeyRelatedField(queryset=Incident.objects.all())
    title = serializers.CharField(source="incident.title", read_only=True)
    added_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    read = serializers.BooleanField(required=False, write_only=True)

    class Meta:
        model = Reading
        fields = ["incident", "title", "on", "note", "added_by", "added_at", "read_at", "read"]
        read_only_fields = ["added_at", "read_at"]

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            fields["incident"].queryset = Incident.objects.visible_to(request.user)
            fields["incident"].validators = []  # sent twice it is on the list once
        return fields

    def create(self, validated: dict[str, Any]) -> Reading:
        entry = reading.put_on_list(
            validated["incident"],
            by=self.context["request"].user,
            on=validated.get("on"),
            note=validated.get("note", ""),
        )
        if validated.get("read"):
            reading.mark_read(entry, now=timezone.now())
            entry.refresh_from_db()
        return entry


class Oldest(CursorPage):
    ordering = "pk"


class ReadingResource(ReadMixin, CreateMixin, Resource):
    """Write-ups to read together; ``read: true`` says that one was."""

    queryset = Reading.objects.select_related("incident", "added_by")
    serializer_class = ReadingSerializer
    pagination_class = Oldest
    lookup_field = "incident"

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Off the list."""
        reading.take_off(self.get_object())
        return Response(status=204)


class Agenda(Resource):
    """What is read next, as Markdown to mail or print."""

    queryset = Reading.objects.all()
    serializer_class = serializers.Serializer

    @extend_schema(operation_id="reading_agenda", responses={(200, "text/markdown"): str})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        entries = reading.to_read(request.user)  # type: ignore[arg-type]
        text = reading.agenda(entries, settings.SITE_URL)
        return HttpResponse(text, content_type="text/markdown; charset=utf-8")


_of = "incidents/<int:pk>"
urls: list[URLPattern] = [
    path("incidents/wording/", Wording.as_view({"post": "create"}), name="wording"),
    path(f"{_of}/timeline/read/", ReadLog.as_view({"post": "create"}), name="timeline-read"),
    path(f"{_of}/timeline/many/", LinesAtOnce.as_view({"post": "create"}), name="timeline-many"),
    path(f"{_of}/missing/", Lacking.as_view({"get": "retrieve"}), name="incident-missing"),
    path(f"{_of}/moves/", Moves.as_view({"get": "retrieve"}), name="incident-moves"),
    path(f"{_of}/markdown/", MarkdownFile.as_view({"get": "retrieve"}), name="incident-markdown"),
    path(f"{_of}/links/", Links.as_view({"get": "list", "post": "create"}), name="link-list"),
    path(
        f"{_of}/links/<int:link>/",
        Links.as_view({"get": "retrieve", "delete": "destroy"}),
        name="link",
    ),
    path("factors/", FactorResource.as_view({"get": "list", "post": "create"}), name="factor-list"),
    path(
        "factors/<slug:slug>/",
        FactorResource.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="factor",
    ),
    path(
        "reading/", ReadingResource.as_view({"get": "list", "post": "create"}), name="reading-list"
    ),
    path("reading/agenda/", Agenda.as_view({"get": "retrieve"}), name="reading-agenda"),
    path(
        "reading/<int:incident>/",
        ReadingResource.as_view({"get": "retrieve", "delete": "destroy"}),
        name="reading",
    ),
]
