"""``/api/v1/teams/`` and ``/api/v1/me/``."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts import saved_views, teams
from kb.accounts.models import SavedView, Team, User
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes


class KeepersWrite(BasePermission):
    """Everybody signed in reads; admins write."""

    message = "Only an admin changes teams."

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return bool(user.is_authenticated and (request.method in SAFE_METHODS or user.is_keeper))


class TeamSerializer(serializers.ModelSerializer[Team]):
    members: Any = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.all(), many=True, required=False
    )

    class Meta:
        model = Team
        fields = ["slug", "name", "email", "members"]

    def update(self, team: Team, said: dict[str, Any]) -> Team:
        write = super().update
        return teams.save(lambda: write(team, said), team.pk)


class TeamResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Teams by slug, with their members."""

    queryset = Team.objects.prefetch_related("members")
    serializer_class = TeamSerializer
    lookup_field = "slug"
    permission_classes = [KeepersWrite]


class MeSerializer(serializers.ModelSerializer[User]):
    teams: Any = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)

    class Meta:
        model = User
        fields = ["username", "email", "role", "time_zone", "teams"]


class Me(APIView):
    """Whose token this is, and what it may do."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)  # IsAuthenticated lets nobody else in
        return Response(MeSerializer(request.user).data)


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """``query`` is what stands behind the ``?`` of the page's address."""

    by: Any = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = SavedView
        fields = ["id", "page", "name", "query", "shared", "by", "made_at"]
        read_only_fields = ["id", "made_at"]
        validators: ClassVar[list[Any]] = []


class SavedViews(APIView):
    """Views of pages: one's own, and those that others share."""

    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[SavedView]:
        return SavedView.objects.filter(user=_user(self.request))

    @extend_schema(responses=SavedViewSerializer(many=True))
    def get(self, request: Request) -> Response:
        views = saved_views.visible_to(_user(request))
        if page := request.query_params.get("page"):
            views = views.filter(page=page)
        return Response({"results": SavedViewSerializer(views, many=True).data})

    @extend_schema(request=SavedViewSerializer, responses={201: SavedViewSerializer})
    def post(self, request: Request) -> Response:
        """Keep one; one's own of the same name is replaced."""
        said = SavedViewSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        view = saved_views.save(_user(request), **said.validated_data)
        return Response(SavedViewSerializer(view).data, status=201)


class OneSavedView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove one's own."""
        if not saved_views.remove(_user(request), pk):
            raise Http404("There is no such view of yours.")
        return Response(status=204)


def _user(request: HttpRequest | Request) -> User:
    assert isinstance(request.user, User)  # IsAuthenticated lets nobody else in
    return request.user


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "accounts",
    [
        path("teams/", TeamResource.as_view(_many), name="team-list"),
        path("teams/<slug:slug>/", TeamResource.as_view(_one), name="team"),
        path("me/", Me.as_view(), name="me"),
        path("saved-views/", SavedViews.as_view(), name="saved-views"),
        path("saved-views/<int:pk>/", OneSavedView.as_view(), name="saved-view"),
    ],
)
