"""Who else has a thing open to write on it: rows that live as long as their page says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from kb.accounts.models import User
from kb.wiki.models import Presence
from kb.wiki.tracking import every_tracked

#: How often a page says that it is open, and for how long it is believed.
EVERY = timedelta(seconds=20)
LASTS = timedelta(seconds=70)
_FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else who is writing there, and since when."""

    name: str
    since: datetime


def here(obj: Model, user: User, now: datetime) -> list[Other]:
    """``user`` has ``obj`` open; who else has."""
    content_type = ContentType.objects.get_for_model(obj)
    mine = Presence.objects.filter(content_type=content_type, object_id=obj.pk, user=user)
    # Who comes back after a while has begun anew.
    if not mine.filter(seen_at__gt=now - LASTS).update(seen_at=now):
        Presence.objects.update_or_create(
            content_type=content_type,
            object_id=obj.pk,
            user=user,
            defaults={"since": now, "seen_at": now},
        )
        Presence.objects.filter(seen_at__lt=now - _FORGOTTEN).delete()
    return others(obj, user, now)


def others(obj: Model, user: User, now: datetime) -> list[Other]:
    """Who else has ``obj`` open, the earliest first."""
    rows = (
        Presence.objects.filter(
            content_type=ContentType.objects.get_for_model(obj),
            object_id=obj.pk,
            seen_at__gt=now - LASTS,
        )
        .exclude(user=user)
        .order_by("since", "pk")
        .values_list("user__username", "since")
    )
    return [Other(name, since) for name, since in rows]


def gone(obj: Model, user: User) -> None:
    """``user`` has saved it or left its page."""
    content_type = ContentType.objects.get_for_model(obj)
    Presence.objects.filter(content_type=content_type, object_id=obj.pk, user=user).delete()


def key_of(obj: Model) -> str:
    """What a page sends to say which thing it has open: ``wiki.page:12``."""
    return f"{obj._meta.label_lower}:{obj.pk}"


def find(key: str, user: User) -> Any:
    """The thing of a key, if the person may see it; else None, as if it were not there."""
    label, _, pk = key.partition(":")
    model = _models().get(label)
    if model is None or not pk.isdecimal() or len(pk) > 18:
        return None
    manager: Any = model._default_manager
    return manager.visible_to(user).filter(pk=int(pk)).first()


def _models() -> dict[str, type[Model]]:
    """What people write together, of which it is known who may see it."""
    models = (entry.model for entry in every_tracked())
    seen = (model for model in models if hasattr(model._default_manager, "visible_to"))
    return {model._meta.label_lower: model for model in seen}
