"""``POST /api/v1/facts/`` with a CSV list, and asked only what it would do."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from tests.intake.test_post_facts import lines, report, told

pytestmark = pytest.mark.django_db

LIST = b"Box,site,role\nweb-1,Berlin,web\nweb 2,Berlin,web\nweb-3,Berlin,db\n"


def post(api: APIClient, query: str, body: bytes = LIST, kind: str = "text/csv") -> Any:
    return api.post(f"/api/v1/facts/{query}", body, content_type=kind)


def test_every_line_has_its_result(api: APIClient) -> None:
    said = post(api, "?column=Box=name&column=role=role&column=site=site").json()
    assert [row["ok"] for row in said["rows"]] == [True, False, True]
    assert [row["row"] for row in said["rows"]] == [2, 3, 4]
    assert said["rows"][0]["written"] == ["role", "site"]
    assert said["summary"] == {"rows": 3, "created": 2, "changed": 2, "refused": 1}


def test_asked_what_it_would_do_it_stores_nothing(api: APIClient) -> None:
    said = post(api, "?column=Box=name&dry_run=true").json()
    assert said["summary"]["created"] == 2
    assert Host.objects.count() == 0
    rows = told(post(api, "?dry_run=1", lines(report("web-1")), "application/x-ndjson"))
    assert rows[0]["created"] is True
    assert Host.objects.count() == 0


def test_a_column_that_is_not_there_is_said(api: APIClient) -> None:
    assert "no column 'Nix'" in str(post(api, "?column=Nix=name").json())
    assert post(api, "?column=Nix").status_code == 400


def test_the_command_reads_lists_too(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hosts.csv"
    file.write_bytes(LIST)
    with pytest.raises(CommandError, match="Some files were refused"):
        call_command("import_facts", str(file), column=["Box=name", "role=role"])
    said = capsys.readouterr()
    assert "web-1: new; changed role" in said.out
    assert "hosts.csv line 3: refused: /name: 'web 2'" in said.err
    assert list(Host.objects.values_list("name", "role")) == [("web-1", "web"), ("web-3", "db")]
