"""Files that people attach, and their bytes, kept once by what they are."""

from typing import Self
from urllib.parse import quote

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from kb.accounts.models import User
from kb.wiki.things import get, hanging_on_seen, kind_of


class Blob(models.Model):
    """Bytes under the name of their SHA-256.  ``text`` is what search knows of them."""

    digest = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    type = models.CharField(max_length=120)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    has_thumbnail = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.digest[:12]

    @property
    def path(self) -> str:
        """Its name in the store."""
        return f"{self.digest[:2]}/{self.digest[2:]}"

    @property
    def thumbnail_path(self) -> str:
        return f"thumbnails/{self.path}.webp"

    @property
    def is_picture(self) -> bool:
        return self.type in PICTURES


#: Pictures that a browser draws and that can do nothing else.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """Whoever may see the thing a file hangs on; before it hangs anywhere, only its author."""
        return self.filter(deleted_at=None).filter(_readable(user))

    def in_bin(self, user: User) -> Self:
        """Thrown away, from a thing that this person may see."""
        return self.exclude(deleted_at=None).filter(_readable(user))

    def of(self, thing: models.Model) -> Self:
        """What hangs on a thing, in the order it came."""
        where = {
            "content_type": ContentType.objects.get_for_model(type(thing)),
            "object_id": thing.pk,
        }
        return self.filter(deleted_at=None, **where)


class Attachment(models.Model):
    """A file under a name, hanging on a thing (``content_type``, ``object_id``) or on none yet."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.ForeignKey(ContentType, null=True, blank=True, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            # Serves the card beneath a thing, and what a revision of it holds.
            models.Index(fields=["content_type", "object_id"], name="attachment_thing"),
            # Serves the bin and its purge.
            models.Index(fields=["deleted_at"], name="attachment_deleted"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return reverse("attachments:file", args=[self.pk, self.name])

    @property
    def ending(self) -> str:
        """What stands where a small picture would: ``log``, ``pdf``."""
        end = self.name.rpartition(".")[2].lower()
        return end[:5] if end != self.name.lower() else "file"

    @property
    def thumbnail_url(self) -> str:
        return reverse("attachments:thumbnail", args=[self.pk])

    @property
    def markdown(self) -> str:
        """The line that shows a picture or links any other file."""
        words = self.name.replace("\\", "").replace("[", "(").replace("]", ")")
        mark = "!" if self.blob.is_picture else ""
        return f"{mark}[{words}]({quote(self.url, safe='/%')})"

    @property
    def thing(self) -> models.Model | None:
        """What it hangs on, whoever asks: compare with ``visible_to`` before showing it."""
        return get(self.thing_key)

    @property
    def thing_key(self) -> str:
        """``page:12``; nothing where it hangs nowhere yet."""
        if self.content_type_id is None:
            return ""
        return f"{kind_of(self.content_type_id)}:{self.object_id}"


def _readable(user: User) -> Q:
    loose = Q(content_type=None, uploaded_by=user) if user.is_active else Q(pk=None)
    return loose | hanging_on_seen(user)
