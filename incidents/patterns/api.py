"""``/api/v1/``: flags, patterns, preview, sweeps; verdicts are in ``api_verdicts``."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from incidents.patterns import (
    acts,
    api_life,
    api_overrides,
    api_verdicts,
    previews,
    shipped,
    sweeps,
    yamltext,
)
from incidents.patterns.bulk import MOST, act_on, sums
from incidents.patterns.coverage import verdict_counts
from incidents.patterns.filters import FlagFilter
from incidents.patterns.models import (
    NEEDS_EYES,
    Flag,
    FlagTransition,
    Pattern,
    PreviewRun,
    Sweep,
)
from incidents.patterns.permissions import may_enable, may_reword
from incidents.patterns.previews import FIRST, expression_spec
from incidents.patterns.serializers import (
    AcceptSerializer,
    AssignSerializer,
    BulkSerializer,
    FlagDetailSerializer,
    FlagSerializer,
    PatternDetailSerializer,
    PatternSerializer,
    PreviewSerializer,
    ReopenSerializer,
    SweepSerializer,
    as_address,
    moment_of_request,
    what_of,
)
from incidents.patterns.spec import SpecError, dump_yaml, load_data
from incidents.patterns.yamltext import MAX_BYTES
from kb.accounts.models import User
from kb.web.paging import CursorPage
from kb.web.problems import FieldError, Problem
from kb.web.resource import ReadMixin, Resource, etag_of
from kb.web.routes import api_routes

YAML = "application/yaml"


class YamlParser(BaseParser):
    """A pattern as text; it stays text, so that errors can name their line."""

    media_type = YAML

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw: bytes = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise Problem(413, f"A pattern may have {MAX_BYTES:,} bytes.")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Problem(400, f"The text must be UTF-8; byte {error.start} is not.") from None


class TextYamlParser(YamlParser):
    media_type = "text/yaml"


class OldYamlParser(YamlParser):
    media_type = "application/x-yaml"


YAML_PARSERS = [JSONParser, YamlParser, TextYamlParser, OldYamlParser]


def refused(error: SpecError, status: int = 400) -> Problem:
    """What is wrong with a pattern, place by place."""
    places = [
        FieldError(one.pointer, f"line {one.line}: {one.message}" if one.line else one.message)
        for one in error.errors
    ]
    return Problem(status, "This pattern can't be used yet. Nothing was changed.", places)


class NewestFirst(CursorPage):
    ordering = "-pk"


class BySlug(CursorPage):
    ordering = "slug"


class FlagResource(ReadMixin, Resource):
    """Flags: read, and what a person may do with one."""

    queryset = Flag.objects.select_related("pattern", "host", "assigned_to", "accepted_by")
    serializer_class = FlagSerializer
    filterset_class = FlagFilter
    pagination_class = NewestFirst
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> Any:
        log = Prefetch("transitions", FlagTransition.objects.select_related("by"))
        flags = super().get_queryset()
        return flags if self.action == "list" else flags.prefetch_related(log)

    def get_serializer_class(self) -> Any:
        return FlagSerializer if self.action == "list" else FlagDetailSerializer

    def acted(self, act: Callable[..., Flag], **what: Any) -> Response:
        """Do it; a refusal becomes 400 with the field, or 409 where the state forbids it."""
        try:
            act(self.get_object(), by=self.request.user, now=moment_of_request(), **what)
        except acts.ActRefused as error:
            places = [FieldError(f"/{error.field}", str(error))] if error.field else []
            raise Problem(400 if error.field else 409, str(error), places) from None
        data = FlagDetailSerializer(self.get_object(), context=self.get_serializer_context()).data
        return Response(data, headers={"ETag": etag_of(data)})

    def said(self, serializer_class: Any) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    @extend_schema(request=BulkSerializer, responses={200: OpenApiTypes.OBJECT})
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """One act on many flags: those listed, or all that a filter leaves (500 at most); a result
        for each.  Sent again it finds nothing left to do."""
        said = self.said(BulkSerializer)
        flags = self.get_queryset().select_related("pattern", "host")
        if said.get("flags") is not None:
            found = flags.filter(pk__in=said["flags"])
        else:
            chosen = FlagFilter(as_address(said["filter"]), queryset=flags, request=request)
            if not chosen.is_valid():
                raise ValidationError({"filter": chosen.errors})
            found = chosen.qs
            if not said["filter"].get("state"):
                found = found.filter(state__in=NEEDS_EYES)
        rows = list(found.order_by("pk")[:MOST])
        try:
            results = act_on(
                rows, said["act"], by=cast(User, request.user), now=moment_of_request(),
                **what_of(said),
            )  # fmt: skip
        except acts.ActRefused as error:
            raise Problem(400, str(error), [FieldError(f"/{error.field}", str(error))]) from None
        there = {one.flag.pk for one in results}
        gone = [pk for pk in said.get("flags") or () if pk not in there]
        return Response(
            {
                "results": [
                    {"flag": one.flag.pk, "host": one.flag.host.name,
                     "pattern": one.flag.pattern.slug, "did": one.did, "why": one.why,
                     "state": one.flag.state}
                    for one in results
                ]
                + [
                    {"flag": pk, "did": "refused", "why": "There is no such flag, or it was more "
                     f"than {MOST}."}
                    for pk in gone
                ],
                "summary": sums(results),
                "left_out": max(0, found.count() - len(rows)),
            }
        )  # fmt: skip

    @extend_schema(request=AcceptSerializer, responses=FlagDetailSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accept the risk until a day, with a reason."""
        return self.acted(acts.accept, **self.said(AcceptSerializer))

    @extend_schema(request=None, responses=FlagDetailSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Someone is on it."""
        return self.acted(acts.acknowledge)

    @extend_schema(request=ReopenSerializer, responses=FlagDetailSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """End a waiver, or give an acknowledged flag back."""
        return self.acted(acts.reopen, **self.said(ReopenSerializer))

    @extend_schema(request=AssignSerializer, responses=FlagDetailSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Say who takes care of it."""
        return self.acted(acts.assign, **self.said(AssignSerializer))


class PatternResource(ReadMixin, Resource):
    """Patterns by slug.  ``POST`` takes one as JSON or as YAML (``Content-Type:
    application/yaml``); ``PATCH`` changes some of its keys, or switches it on and off."""

    queryset = Pattern.objects.all()
    serializer_class = PatternSerializer
    pagination_class = BySlug
    lookup_field = "slug"
    filterset_fields: ClassVar = ["severity", "origin", "enabled"]
    parser_classes = YAML_PARSERS

    def get_serializer_class(self) -> Any:
        return PatternSerializer if self.action == "list" else PatternDetailSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        return {**context, "counts": verdict_counts()} if self.action == "list" else context

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: PatternDetailSerializer})
    def create(self, request: Request) -> Response:
        """Save a new pattern; it is asked of the whole fleet in the background."""
        pattern = self._saved(request.data)
        return self._answer(pattern, 201, Location=request.build_absolute_uri(f"{pattern.slug}/"))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=PatternDetailSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        pattern = self.get_object()
        self.compare_if_match(pattern)
        data: Any = request.data
        if isinstance(data, dict):
            data = dict(data)
            enabled = data.pop("enabled", None)
            if enabled is not None and not isinstance(enabled, bool):
                raise Problem(
                    400, "Nothing was changed.", [FieldError("/enabled", "true or false.")]
                )
            data = {**PatternDetailSerializer().get_spec(pattern), **data} if data else None
        else:
            enabled = None
        if enabled is not None and not may_enable(request.user):
            raise Problem(403, "Only an admin switches patterns on and off.")
        if data is not None:
            pattern = self._saved(data, pattern)
        if enabled is not None:
            pattern = shipped.set_enabled(pattern, enabled, now=moment_of_request())
        return self._answer(pattern, 200)

    @extend_schema(responses={(200, YAML): OpenApiTypes.STR})
    @action(detail=True, url_path="yaml")
    def yaml(self, request: Request, slug: str) -> HttpResponse:
        """The pattern as the file it could be in the library."""
        data = PatternDetailSerializer().get_spec(self.get_object())
        try:
            text = dump_yaml(load_data(data))
        except SpecError:  # a wording of an older release: still to be had
            text = yamltext.write(data)
        return HttpResponse(text, content_type=f"{YAML}; charset=utf-8")

    def _saved(self, data: Any, pattern: Pattern | None = None) -> Pattern:
        if pattern is not None and not may_reword(self.request.user, pattern):
            raise Problem(403, "Only an admin changes a shipped pattern.")
        if not isinstance(data, (str, dict)):
            raise Problem(400, 'A pattern is an object, such as {"pattern": "my-pattern", …}.')
        try:
            by: Any = self.request.user
            expected = pattern.version if pattern else None
            return shipped.save_pattern(data, by=by, pattern=pattern, expected=expected)
        except SpecError as error:
            raise refused(error) from None
        except shipped.ChangedMeanwhile as error:
            raise Problem(412, str(error)) from None

    def _answer(self, pattern: Pattern, status: int, **headers: str) -> Response:
        data = PatternDetailSerializer(pattern, context=self.get_serializer_context()).data
        return Response(data, status=status, headers={"ETag": etag_of(data), **headers})


class PreviewView(APIView):
    """What a pattern would say of the fleet: counts per verdict and the first hosts.

    The worker asks; the answer is 202 with the address where it grows.  Nothing is stored of it
    but the preview itself, for a day.
    """

    only_reads = True

    def get_queryset(self) -> Any:
        return PreviewRun.objects.filter(by=cast(User, self.request.user))

    @extend_schema(request=PreviewSerializer, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        serializer = PreviewSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        try:
            spec = expression_spec(said["applies"], said["match"], said["thresholds"])
        except SpecError as error:
            raise refused(error) from None
        run = previews.start(spec, by=cast(User, request.user), now=moment_of_request())
        address = request.build_absolute_uri(reverse("api:pattern-preview-run", args=[run.pk]))
        return Response(_preview(run), status=202, headers={"Location": address})


class PreviewRunView(APIView):
    """A preview as it grows, for its author."""

    only_reads = True

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: str) -> Response:
        """Counts and the first hosts so far; ``state`` is done at the end."""
        return Response(_preview(self._run(request, pk)))

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def delete(self, request: Request, pk: str) -> Response:
        """Stop it."""
        run = self._run(request, pk)
        previews.cancel(run)
        run.refresh_from_db()
        return Response(_preview(run))

    def _run(self, request: Request, pk: str) -> PreviewRun:
        return get_object_or_404(PreviewRun, pk=pk, by=cast(User, request.user))


def _preview(run: PreviewRun) -> dict[str, Any]:
    order = ("match", "broken", "unknown", "clear", "not applicable")
    return {
        "id": str(run.pk),
        "state": run.state,
        "counts": run.counts,
        "hosts": [one for state in order for one in run.hosts.get(state, [])][:FIRST],
        "asked": run.asked,
        "total": run.total,
        "partial": run.partial,
        "error": run.error,
    }


class SweepResource(ReadMixin, Resource):
    """Sweeps: ``POST`` starts one and answers 202 with its address; ``DELETE`` stops it."""

    queryset = Sweep.objects.select_related("by")
    serializer_class = SweepSerializer
    pagination_class = type("Latest", (CursorPage,), {"ordering": "-created_at"})

    def get_queryset(self) -> Any:
        return self.queryset.all()  # sweeps hold no secrets: counts, and names of patterns

    @extend_schema(request=None, responses={202: SweepSerializer})
    def create(self, request: Request) -> Response:
        """Start a sweep.  While one is under way, that one is answered: only one runs at a time."""
        try:
            by: Any = request.user
            sweep = sweeps.start(now=moment_of_request(), by=by)
        except sweeps.SweepUnderWay as busy:
            sweep = busy.sweep
        address = request.build_absolute_uri(reverse("api:sweep-detail", args=[sweep.pk]))
        data = self.get_serializer(sweep).data
        return Response(data, status=202, headers={"Location": address})

    @extend_schema(request=None, responses={200: SweepSerializer})
    def destroy(self, request: Request, pk: str) -> Response:
        """Stop it; what it found so far stays."""
        sweep = sweeps.cancel(self.get_object(), moment_of_request())
        return Response(self.get_serializer(sweep).data)


router = SimpleRouter()
router.register("flags", FlagResource, basename="flag")
router.register("patterns", PatternResource, basename="pattern")
router.register("sweeps", SweepResource, basename="sweep")

api_routes.register(
    "patterns",
    [
        path("patterns/preview/", PreviewView.as_view(), name="pattern-preview"),
        path("patterns/preview/<uuid:pk>/", PreviewRunView.as_view(), name="pattern-preview-run"),
        *api_verdicts.routes(),
        *api_overrides.routes(),
        *api_life.routes(),
        *router.urls,
    ],
)
