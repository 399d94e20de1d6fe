"""``GET /api/v1/inventory/ansible/``, and the real Ansible that reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.factories import (
    make_flag,
    make_group,
    make_host,
    make_pattern,
    make_service,
    make_site,
    make_team,
    make_token,
)
from tests.support.strict import program

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/inventory/ansible/"


@pytest.fixture
def fleet() -> None:
    site, team = make_site("LON 1", slug="lon-1"), make_team("Ops", slug="ops")
    facts = {
        "os": {"name": "Debian", "version": "12.11"},
        "network": {"interfaces": [{"name": "eth0", "ipv4": ["10.0.0.7"]}]},
    }
    db = make_host(
        "db-01", site=site, owner=team, environment="production", role="database", tags=["pci"],
        fqdn="db-01.example.net", criticality="high", facts=facts,
    )  # fmt: skip
    web = make_host("web-01", environment="production", facts=facts)
    make_host("old", status="retired", environment="production")
    make_host("db-01.gentoo", kind="chroot", parent=db)
    make_service("git", hosts=(db,))
    make_group("front", members=(db, web))
    make_flag(make_pattern("os-eol"), db, severity="high", sentence="Debian 12 is over.")
    make_flag(make_pattern("gone"), web, state="resolved")


def test_hosts_stand_in_the_groups_of_what_is_known_of_them(fleet: None, api: Any) -> None:
    said = api.get(ADDRESS).json()
    groups = {
        name: group["hosts"]
        for name, group in said.items()
        if name not in ("_meta", "all", "ungrouped")
    }
    assert groups == {
        "env_production": ["db-01", "web-01"],
        "flagged": ["db-01"],
        "flagged_os_eol": ["db-01"],
        "kind_physical": ["db-01", "web-01"],
        "os_Debian": ["db-01", "web-01"],
        "pair_front": ["db-01", "web-01"],
        "role_database": ["db-01"],
        "service_git": ["db-01"],
        "site_lon_1": ["db-01"],
        "tag_pci": ["db-01"],
        "team_ops": ["db-01"],
    }
    assert said["all"]["children"] == [*groups, "ungrouped"]


def test_variables_carry_what_matters(fleet: None, api: Any, settings: Any) -> None:
    settings.SITE_URL = "https://kb.example.net/"
    variables = api.get(ADDRESS).json()["_meta"]["hostvars"]
    assert variables["web-01"]["ansible_host"] == "10.0.0.7"
    assert variables["db-01"] == {
        "ansible_host": "db-01.example.net",
        "twiceshy_url": "https://kb.example.net/hosts/db-01/",
        "twiceshy_kind": "physical",
        "twiceshy_environment": "production",
        "twiceshy_role": "database",
        "twiceshy_site": "lon-1",
        "twiceshy_owner": "ops",
        "twiceshy_criticality": "high",
        "twiceshy_tags": ["pci"],
        "twiceshy_os": "Debian 12.11",
        "twiceshy_flags": [
            {"pattern": "os-eol", "severity": "high", "sentence": "Debian 12 is over."}
        ],
    }


def test_it_can_be_narrowed_and_asked_again_for_nothing(fleet: None, api: Any) -> None:
    answer = api.get(f"{ADDRESS}?site=lon-1")
    assert list(answer.json()["_meta"]["hostvars"]) == ["db-01"]
    again = api.get(f"{ADDRESS}?site=lon-1", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert list(api.get(f"{ADDRESS}?environment=staging").json()["_meta"]["hostvars"]) == []


def test_the_number_of_questions_does_not_grow(fleet: None, api: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            api.get(ADDRESS)
        return len(queries)

    asked()  # the first use of a token is noted
    before = asked()
    for n in range(20):
        make_service(hosts=(make_host(f"more-{n}", site=make_site(), owner=make_team()),))
    assert asked() == before == 5


def test_the_real_ansible_reads_it(
    fleet: None, responder: Any, live_server: Any, tmp_path: Path
) -> None:
    script = tmp_path / "inventory"
    script.write_text(
        "#!/bin/sh\n"
        f'exec curl -fsS -H "Authorization: Bearer $TWICESHY_TOKEN" {live_server.url}{ADDRESS}\n'
    )
    script.chmod(0o755)
    folder = Path(sys.executable).parent
    environment = os.environ | {
        "TWICESHY_TOKEN": make_token(responder), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8",
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"), "PATH": f"{folder}:{os.environ['PATH']}",
    }  # fmt: skip
    program("curl")
    program("ansible")

    def run(*words: str) -> str:
        done = subprocess.run(
            words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    listed = json.loads(run("ansible-inventory", "-i", str(script), "--list"))
    assert listed["flagged_os_eol"]["hosts"] == ["db-01"]
    assert listed["_meta"]["hostvars"]["db-01"]["twiceshy_role"] == "database"
    pinged = run("ansible", "-i", str(script), "flagged", "-m", "ping", "-c", "local",
                 "-e", f"ansible_python_interpreter={sys.executable}")  # fmt: skip
    assert "db-01 | SUCCESS" in pinged
    assert '"ping": "pong"' in pinged
