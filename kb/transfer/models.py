"""Where imported things came from."""

from django.contrib.contenttypes.models import ContentType
from django.db import models


class Origin(models.Model):
    """The file a thing was imported from: by ``key`` it is known again, and ``rest`` is what its
    front matter said that we have no place for.  It goes out again with the thing.
    """

    key = models.CharField(max_length=300, unique=True)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    rest = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"], name="origin_thing")]

    def __str__(self) -> str:
        return self.key
