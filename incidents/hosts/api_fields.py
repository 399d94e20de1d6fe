"""Fields that the serializers of this room share."""

from typing import Any

from rest_framework import serializers


class Named(serializers.SlugRelatedField[Any]):
    """A link by name; what is not there is named in the error."""

    default_error_messages = {
        "does_not_exist": "There is no {value!r}. Make it first, or mend the name.",
        "invalid": "Give a name.",
    }
