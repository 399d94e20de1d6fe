"""The administration is no way round a restriction or a revision."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import Role, User
from tests.support.factories import make_incident, make_lesson, make_user

pytestmark = pytest.mark.django_db


def test_an_admin_sees_only_what_they_may_and_changes_no_text(
    browser_of: Callable[[User], Client],
) -> None:
    admin = make_user("root", role=Role.ADMIN, is_staff=True, is_superuser=True)
    secret = make_incident("Secret", visibility="restricted")
    make_incident("Open to all")
    lesson = make_lesson("RAID")
    browser = browser_of(admin)
    said = browser.get("/admin/records/incident/").content.decode()
    assert "Open to all" in said
    assert "Secret" not in said
    for address in (f"incident/{secret.pk}", "incident/add", "lesson/add"):
        answer = browser.get(
            f"/admin/records/{address}/" + ("change/" if "add" not in address else "")
        )
        assert answer.status_code in (302, 403), address
    answer = browser.post(f"/admin/records/lesson/{lesson.pk}/change/", {"title": "x"})
    assert answer.status_code == 403
