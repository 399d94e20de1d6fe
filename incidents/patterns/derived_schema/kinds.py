"""The kinds of fields that derived sections are made of."""

from msgspec import Struct, UnsetType

Text = str | UnsetType
Flag = bool | UnsetType
Count = int | UnsetType
Days = float | UnsetType
Share = float | UnsetType
Names = list[str] | UnsetType


class Derived(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A derived section or a part of one; every field may be absent."""
