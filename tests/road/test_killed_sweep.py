"""A sweep that is killed again and again ends with the flags of one that nobody disturbed.

Real processes and `kill -9`: the command in the middle of its chunks, and Celery workers with
Redis beneath them.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.road.tool import Tool, soon
from tests.support.site import ROOT, Site

pytestmark = pytest.mark.road
HOSTS = 600
KILLS = 3

FILL = f"""
from django.utils import timezone
from incidents.hosts.models import Host, RedundancyGroup
seen = timezone.now().isoformat()
raid = {{"raids": [{{"name": "md0", "level": "raid5", "state": "optimal"}}]}}
def facts(n):
    os = {{"name": "Debian", "major": str(8 + n % 6), "version": f"{{8 + n % 6}}.1"}}
    return {{"os": os, "storage": raid, **({{"backups": []}} if n % 3 else {{}})}}
def host(n):
    said = facts(n)
    observed = {{name: {{"sources": {{"test": seen}}, "paths": {{}}}} for name in said}}
    return Host(name=f"host-{{n}}", kind="physical", environment="production", role="web",
                facts=said, observed=observed)
hosts = Host.objects.bulk_create([host(n) for n in range({HOSTS})])
for n in range(0, {HOSTS}, 30):
    RedundancyGroup.objects.create(slug=f"g{{n}}", name=f"g{{n}}").members.set(hosts[n:n + 2])
"""

CLEAN = """
from incidents.patterns.models import Flag, HostVerdicts, InUse, Sweep
from kb.outbox.models import OutboxRow
for model in (Flag, HostVerdicts, InUse, Sweep, OutboxRow):
    model.objects.all().delete()
"""

SHOW = """
import json
from incidents.patterns.models import Flag, HostVerdicts, Sweep
flags = [
    [f.host.name, f.pattern.slug, f.state, f.severity, f.sentence, f.evidence,
     [[t.before, t.after, t.cause] for t in f.transitions.all()]]
    for f in Flag.objects.select_related("host", "pattern").order_by("host__name", "pattern__slug")
]
verdicts = {
    row.host.name: {slug: [said["state"], said["missing"]] for slug, said in row.verdicts.items()}
    for row in HostVerdicts.objects.select_related("host")
}
print(json.dumps([flags, verdicts]))
"""


def shell(site: Site, code: str) -> str:
    return site.manage("shell", "-v0", "-c", code)


def shown(site: Site) -> tuple[Any, Any]:
    flags, verdicts = json.loads(shell(site, SHOW).strip().splitlines()[-1])
    return flags, verdicts


def test_a_killed_sweep_is_finished_as_if_nothing_had_happened(tmp_path: Path) -> None:
    often = {"SWEEP_LEASE_SECONDS": "2", "SWEEP_RESUME_SECONDS": "2"}
    with Site(tmp_path / "site", seed="library", **often) as site:
        site.stop("worker")
        site.stop("beat")
        shell(site, FILL)
        site.manage("sweep", "--inline")
        flags, verdicts = shown(site)
        assert len(verdicts) == HOSTS
        assert len(flags) > HOSTS

        shell(site, CLEAN)
        cut_short = [interrupt_the_command(site, random.Random(kill)) for kill in range(KILLS)]
        assert any(0 < hosts < HOSTS for hosts in cut_short)
        time.sleep(2.1)  # until the claim of the last one killed has run out
        site.manage("sweep", "--inline")
        assert shown(site) == (flags, verdicts)

        shell(site, CLEAN)
        tool = Tool(site, site.person("admin", "admin"))
        site.start("worker")
        site.start("beat")
        sweep = tool.call("POST", "/sweeps/")["id"]
        soon(lambda: done(tool, sweep) > 0)
        site.kill("worker")
        site.start("worker")
        soon(lambda: done(tool, sweep) > 200)
        site.kill("worker")
        site.kill("redis")
        site.start("redis")
        site.start("worker")
        soon(lambda: tool.call("GET", f"/sweeps/{sweep}/")["state"] == "done", seconds=120)
        soon(lambda: shown(site) == (flags, verdicts))


def interrupt_the_command(site: Site, dice: random.Random) -> int:
    """Start it, or take it up, and kill it within or between its chunks; how many hosts it said
    were done by then."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sweep", "--inline"],
        cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, start_new_session=True,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    hosts = 0
    for line in process.stdout:
        if found := re.match(r"(\d+) of \d+ hosts", line):
            hosts = int(found[1])
            time.sleep(dice.uniform(0, 0.6))
            break
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    return hosts


def done(tool: Tool, sweep: str) -> int:
    hosts: int = tool.call("GET", f"/sweeps/{sweep}/")["hosts_done"]
    return hosts
