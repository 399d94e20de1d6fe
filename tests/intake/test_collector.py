"""``/collect.py``: fetched, read, run for real, and understood; and the playbook beside it."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidents.facts.readers import read
from incidents.hosts.models import Host
from incidents.intake.views import SCRIPT
from tests.support.factories import NOW, make_token
from tests.support.strict import program

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db


def collect(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_anybody_may_fetch_it_with_this_sites_address(settings: Any) -> None:
    settings.SITE_URL = "https://kb.example.net"
    answer = Client().get("/collect.py")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/x-python")
    assert '"https://kb.example.net"' in answer.content.decode()


def test_an_old_python_can_read_it_and_it_needs_nothing() -> None:
    text = SCRIPT.read_text()
    tree = ast.parse(text, feature_version=(3, 6))
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }  # fmt: skip
    assert imported <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    for newer in ("capture_output", "text=True", "removeprefix", "removesuffix"):
        assert newer not in text


def test_a_dry_run_prints_what_every_reader_understands(tmp_path: Path) -> None:
    done = collect(tmp_path, "--dry-run", "--host", "web-1")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    formats = {line["format"] for line in lines}
    assert {"native", "os-release"} <= formats
    for line in lines:
        (report,) = read(json.dumps(line), arrived_at=NOW.replace(year=2100))
        assert report.host == "web-1"
        assert report.sections


def test_what_it_could_not_see_is_said(tmp_path: Path) -> None:
    done = collect(tmp_path, "--dry-run", PATH="/nowhere")
    assert done.returncode == 0
    assert "not seen: clock: neither chronyc nor timedatectl is here" in done.stderr


def test_backups_are_asked_for_where_they_are_configured(tmp_path: Path) -> None:
    environment = {
        "RESTIC_REPOSITORY": str(tmp_path / "repo"), "RESTIC_PASSWORD": "x",
        "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
    }  # fmt: skip
    subprocess.run([program("restic"), "init"], env=os.environ | environment, check=True,
                   capture_output=True)  # fmt: skip
    done = collect(tmp_path, "--dry-run", "--host", "web-1", **environment)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["content"] for one in found if one["format"] == "restic"] == [[]]


@pytest.mark.django_db(transaction=True)
def test_it_tells_a_real_site(responder: Any, live_server: Any, tmp_path: Path) -> None:
    words = ["--url", live_server.url, "--host", "web-1"]
    done = collect(tmp_path, *words, TWICESHY_TOKEN=make_token(responder))
    assert done.returncode == 0, done.stderr
    assert "0 refused" in done.stdout
    host = Host.objects.get(name="web-1")
    assert host.facts["os"]["name"]
    assert host.facts["os"]["kernel"] == os.uname().release
    assert "collect" in host.observed["os"]["sources"]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_token_is_refused_in_words(live_server: Any, tmp_path: Path) -> None:
    done = collect(tmp_path, "--url", live_server.url, TWICESHY_TOKEN="tw_nothing")
    assert done.returncode == 1
    assert "unknown, revoked or expired" in done.stderr


def test_without_a_token_or_a_site_it_says_what_to_do(tmp_path: Path) -> None:
    done = collect(tmp_path)
    assert (done.returncode, "TWICESHY_TOKEN" in done.stderr) == (2, True)
    done = collect(tmp_path, "--url", "http://127.0.0.1:1", TWICESHY_TOKEN="tw_x")
    assert done.returncode == 1
    assert "could not be reached" in done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_playbook_tells_a_real_site(responder: Any, live_server: Any, tmp_path: Path) -> None:
    folder = Path(program("ansible")).parent
    environment = os.environ | {
        "TWICESHY_URL": live_server.url, "TWICESHY_TOKEN": make_token(responder),
        "HOME": str(tmp_path), "ANSIBLE_LOCAL_TEMP": str(tmp_path / "l"), "LC_ALL": "C.UTF-8",
        "PATH": f"{folder}:{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        ["ansible-playbook", "-i", "web-7,", "-c", "local", str(ROOT / "docs/ansible/collect.yml"),
         "-e", f"ansible_python_interpreter={sys.executable}"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert Host.objects.get(name="web-7").facts["os"]["name"]
