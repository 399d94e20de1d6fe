"""``manage.py import_facts``: a line for each host, and a bad file spoils nothing."""

import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.hosts.models import FactHistory, Host

pytestmark = pytest.mark.django_db
RAID = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}


def run(*args: Any, **options: Any) -> tuple[str, str, bool]:
    """What it said, what it complained of, and whether it ended well."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_facts", *map(str, args), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue(), err.getvalue() + str(error), False
    return out.getvalue(), err.getvalue(), True


def setup_json(name: str) -> str:
    """What ``ansible -m setup --tree`` leaves of one host."""
    facts = {
        "ansible_distribution": "Debian",
        "ansible_distribution_version": "12.11",
        "ansible_hostname": name,
        "ansible_fqdn": f"{name}.example.net",
        "ansible_architecture": "x86_64",
    }
    return json.dumps({"ansible_facts": facts, "changed": False})


def test_it_says_what_changed_and_what_opened(tmp_path: Path) -> None:
    call_command("load_patterns", verbosity=0)
    file = tmp_path / "db-01.json"
    file.write_text(json.dumps({"host": "db-01", "source": "restic", "sections": RAID}))
    out, _, well = run(file)
    assert well
    assert "db-01: new; changed backups, storage; opened raid-only-no-backup" in out
    again, _, _ = run(file)
    assert "db-01: nothing changed" in again


def test_a_tree_of_ansible_is_taken_host_by_host(tmp_path: Path) -> None:
    for name in ("web-01", "web-02"):
        (tmp_path / name).write_text(setup_json(name))
    out, _, well = run(tmp_path)
    assert well
    assert sorted(Host.objects.values_list("name", flat=True)) == ["web-01", "web-02"]
    assert "2 reports, 2 changed something, 0 refused" in out


def test_one_bad_file_spoils_nothing_and_the_end_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(setup_json("a"))
    (tmp_path / "b").write_text("{")
    (tmp_path / "c").write_text(setup_json("c"))
    _, err, well = run(tmp_path)
    assert not well
    assert "b: refused: This is not valid JSON" in err
    assert sorted(Host.objects.values_list("name", flat=True)) == ["a", "c"]


def test_a_dry_run_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "web-01").write_text(setup_json("web-01"))
    out, _, well = run(tmp_path, dry_run=True)
    assert well
    assert "web-01: new; changed" in out
    assert "nothing was stored" in out
    assert (Host.objects.count(), FactHistory.objects.count()) == (0, 0)


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(json.dumps(RAID).encode())))
    _, _, well = run("-", host="db-01", source="script")
    assert well
    assert Host.objects.get().name == "db-01"


def test_a_report_that_names_no_host_asks_for_one(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(RAID))
    _, err, well = run(file)
    assert not well
    assert "does not say which host" in err
    assert Host.objects.count() == 0


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    _, err, well = run(tmp_path / "nothing")
    assert not well
    assert "no such file" in err


def test_many_hosts_are_judged_together_and_each_says_its_own(tmp_path: Path) -> None:
    call_command("load_patterns", verbosity=0)
    for number in range(60):
        alone = number in (3, 55)
        sections = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}} if alone else {}
        body = {"host": f"web-{number:02d}", "sections": {"backups": []} | sections}
        (tmp_path / f"web-{number:02d}.json").write_text(json.dumps(body))
    (tmp_path / "web-30.json").write_text("{")
    said, wrong, well = run(tmp_path)
    assert not well
    assert Host.objects.count() == 59
    opened = [line.split(":")[0] for line in said.splitlines() if "raid-only-no-backup" in line]
    assert opened == ["web-03", "web-55"]
    assert "web-30.json: refused" in wrong
    assert "59 reports, 59 changed something, 1 refused." in said
