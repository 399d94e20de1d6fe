"""``/api/v1/attachments/``: files by number, and their bytes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from kb.accounts.models import User
from kb.attachments import keeping, serving
from kb.attachments.models import Attachment
from kb.attachments.views import described, receive
from kb.web.resource import ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki.things import find


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """``object`` is the key of what it hangs on, such as ``page:12``."""

    type = serializers.CharField(source="blob.type", read_only=True)
    size = serializers.IntegerField(source="blob.size", read_only=True)
    sha256 = serializers.CharField(source="blob.digest", read_only=True)
    uploaded_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    url = serializers.CharField(read_only=True)
    markdown = serializers.CharField(read_only=True)
    object = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = [
            "id", "name", "type", "size", "sha256", "url", "markdown", "object", "uploaded_by",
            "uploaded_at",
        ]  # fmt: skip

    def get_object(self, attachment: Attachment) -> str:
        return attachment.thing_key


class TextFile(serializers.Serializer[Any]):
    """A file of words, for a script that has no file: ``text`` under ``name``."""

    name = serializers.CharField(max_length=200)
    text = serializers.CharField(trim_whitespace=False)
    object = serializers.CharField(required=False, allow_blank=True, max_length=300)


class UploadedFile(serializers.Serializer[Any]):
    """What a form sends: the bytes as ``file``, and perhaps what they shall hang on."""

    file = serializers.FileField()
    object = serializers.CharField(required=False, allow_blank=True, max_length=300)


class Described(serializers.Serializer[Any]):
    """A file that was taken in, and the line of Markdown that shows it."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    markdown = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("object", str, description="page:12, incident:3, host:web-1")]
    )
)
class AttachmentResource(ReadMixin, Resource):
    """Files that hang on what you may see, and your own that hang nowhere yet."""

    queryset = Attachment.objects.select_related("blob", "uploaded_by")
    serializer_class = AttachmentSerializer
    parser_classes = [MultiPartParser, JSONParser]

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        key = self.request.GET.get("object")
        if not key:
            return rows
        thing = find(key, self._user)
        return rows.of(thing) if thing is not None else rows.none()

    @property
    def _user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    @extend_schema(
        request={"multipart/form-data": UploadedFile, "application/json": TextFile},
        responses={201: Described},
    )
    def create(self, request: Request) -> Response:
        """Take a file in: a form with ``file``, or ``name`` and ``text`` as JSON.  With ``object``
        (such as ``page:12``) it hangs there at once; the same one sent twice is kept once.
        """
        if "json" in (request.content_type or ""):
            made = self._words(request)
        else:
            _ = request.data  # parses the form
            made = receive(request._request, self._user)
        return Response(described(made), status=201, headers={"Location": made.url})

    def _words(self, request: Request) -> Attachment:
        form = TextFile(data=request.data)
        form.is_valid(raise_exception=True)
        key, thing = form.validated_data.get("object", ""), None
        if key and (thing := find(key, self._user)) is None:
            raise ValidationError({"object": f"There is no {key!r} to attach it to."})
        content = ContentFile(form.validated_data["text"].encode())
        return keeping.keep(content, form.validated_data["name"], by=self._user, thing=thing)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Into the bin, from where it can be brought back."""
        keeping.remove(self.locked(), by=self._user, now=timezone.now())
        return Response(status=204)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The bytes themselves."""
        django_request: HttpRequest = request._request
        return serving.serve(django_request, self.get_object())


api_routes.register(
    "attachments",
    [
        path(
            "attachments/",
            AttachmentResource.as_view({"get": "list", "post": "create"}),
            name="attachment-list",
        ),
        path(
            "attachments/<int:pk>/",
            AttachmentResource.as_view({"get": "retrieve", "delete": "destroy"}),
            name="attachment",
        ),
        path(
            "attachments/<int:pk>/content/",
            AttachmentResource.as_view({"get": "content"}),
            name="attachment-content",
        ),
    ],
)
