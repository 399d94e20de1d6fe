"""A real run of Ansible against this machine."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents.facts.eol import Catalogue, annotate_os
from incidents.facts.readers import read, read_file
from tests.support.strict import program


@pytest.fixture(scope="session")
def real_run(tmp_path_factory) -> tuple[str, Path]:
    """(what the command printed, the directory it wrote)."""
    tree = tmp_path_factory.mktemp("facts")
    run = subprocess.run(
        [program("ansible"), "localhost", "-m", "setup", "--tree", str(tree)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOLOR": "1"},
    )
    return run.stdout, tree


def test_output_and_tree_tell_the_same(real_run):
    printed, tree = real_run
    now = datetime.now(UTC)
    (from_output,) = read(printed, arrived_at=now, host="here")
    (from_tree,) = read_file(tree / "localhost", arrived_at=now, host="here")
    assert from_output.sections == from_tree.sections
    assert from_output.identity == from_tree.identity


def test_this_machine_is_understood(real_run):
    (report,) = read(real_run[0], arrived_at=datetime.now(UTC), host="here")
    assert report.source == "ansible"
    assert report.observed_from == "report"
    assert abs(datetime.now(UTC) - report.observed_at) < timedelta(minutes=10)
    assert {"os", "hardware", "runtime", "clock"} <= set(report.sections)
    assert report.sections["hardware"]["memory_mb"] > 0
    system = annotate_os(report.sections["os"], Catalogue.load(), datetime.now(UTC))
    assert system["kernel"] == os.uname().release
    assert system["name"]
