"""Files in a folder of their own."""

from pathlib import Path

import pytest
from django.core.files.storage import storages

from kb.attachments import addresses, store


def forget_storages() -> None:
    """Have Django read ``STORAGES`` again."""
    storages._storages.clear()
    storages._backends = None
    storages.__dict__.pop("backends", None)


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.STORAGES = settings.STORAGES | {store.ALIAS: addresses.storage("", tmp_path)}
    forget_storages()
    return tmp_path / "attachments"
