"""How patterns look to search."""

import pytest

from incidents.patterns.models import Pattern
from incidents.patterns.search import PatternKind

pytestmark = pytest.mark.django_db


def test_a_pattern_is_found_by_its_name_and_its_words(library: None) -> None:
    pattern = Pattern.objects.get(slug="raid-only-no-backup")
    document = PatternKind().document(pattern)
    assert (document.key, document.natural_key, document.url) == (
        f"pattern:{pattern.pk}", "raid-only-no-backup", "/patterns/raid-only-no-backup/",
    )  # fmt: skip
    assert document.names == ("raid-only-no-backup",)
    assert "controller" in document.body
    assert document.state == "active"
    assert document.body.endswith("storage.raids backups last_success_days max_backup_age_days")
    assert document.marker() == PatternKind().document(pattern).marker()
