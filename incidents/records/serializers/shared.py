"""What all of them share: why something is changed, and the columns of every revision."""

from typing import Any

from rest_framework import serializers

KEPT = ["revision", "created_at", "updated_at", "updated_by"]


class Reason(serializers.CharField):
    """Why something is changed; it stands in the history, and not in the thing itself."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"required": False, "write_only": True, "allow_blank": True} | kwargs
        super().__init__(max_length=200, **kwargs)


def refuse_key(instance: Any, changes: dict[str, Any]) -> None:
    """A key tells what was sent before from what is new; it is given once."""
    if changes.pop("key", instance.key) != instance.key:
        raise serializers.ValidationError({"key": "A key is given when it is made, and stays."})
