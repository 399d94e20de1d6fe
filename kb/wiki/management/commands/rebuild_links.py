"""``manage.py rebuild_links``: read every text again for what it links to.

For texts that came in by another door than a save, such as a restored older database.  What a
link already meant it goes on meaning; the command may be interrupted and repeated.
"""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from kb.wiki import mentions
from kb.wiki.tracking import every_tracked


class Command(BaseCommand):
    help = "Read every text again for what it links to."

    def handle(self, *args: Any, **options: Any) -> None:
        for entry in every_tracked():
            self._read(entry.model, entry.texts)
        for source in mentions.sources:
            self._read(source.model, source.texts)

    def _read(self, model: Any, texts: Callable[[Any], list[str]]) -> None:
        count = 0
        for obj in model._default_manager.order_by("pk").iterator(chunk_size=200):
            with transaction.atomic():
                mentions.record(obj, texts(obj), home=mentions.home_of(obj))
            count += 1
        self.stdout.write(f"{model._meta.verbose_name_plural}: {count}")
