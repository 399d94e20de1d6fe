"""The base of every serializer for texts people write together."""

from difflib import get_close_matches
from typing import Any

from django.core.validators import MaxLengthValidator
from rest_framework import serializers

from kb.accounts.models import User
from kb.web.problems import Problem
from kb.wiki.markdown import MAX_TEXT
from kb.wiki.revisions import Conflict, Saved


class Tags(serializers.ListField):
    """A list of short words."""

    child = serializers.CharField(max_length=60)


class RevisedSerializer(serializers.ModelSerializer[Any]):
    """Writes through the rules of a room: ``make`` and ``store`` of the subclass.

    ``link_keys`` says what names the targets of each many-to-many field; rules get them by name.
    A field that does not exist is an error, not silence.
    """

    revision = serializers.IntegerField(read_only=True)
    updated_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    link_keys: dict[str, str] = {}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            if isinstance(field, serializers.CharField) and field.max_length is None:
                field.validators.append(MaxLengthValidator(MAX_TEXT))
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = {name: [self._unknown(name)] for name in data if name not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)

    def _unknown(self, name: str) -> str:
        close = get_close_matches(name, self.fields, n=1)
        return f"There is no such field.{f' Did you mean {close[0]}?' if close else ''}"

    @property
    def user(self) -> User:
        user: User = self.context["request"].user
        return user

    def create(self, validated: dict[str, Any]) -> Any:
        relations = self.relations(validated)
        return self.make(validated, relations)

    def update(self, instance: Any, validated: dict[str, Any]) -> Any:
        relations = self.relations(validated)
        outcome = self.store(instance, validated, relations)
        if isinstance(outcome, Conflict):  # cannot be under the row's lock; never lose words
            raise Problem(412, "Somebody changed this at the same moment. Read it and try again.")
        return outcome.current

    def relations(self, validated: dict[str, Any]) -> dict[str, Any]:
        """Take the links out of what was sent, as names."""
        return {
            name: sorted({getattr(there, key) for there in validated.pop(name)})
            for name, key in self.link_keys.items()
            if name in validated
        }

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Any:
        raise NotImplementedError

    def store(
        self, instance: Any, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Any] | Conflict[Any]:
        raise NotImplementedError
