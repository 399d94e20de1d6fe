"""Real Alertmanager fires into a running site; real Prometheus scrapes it and holds our rules."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.road.tool import Tool, soon
from tests.support.mailserver import free_port
from tests.support.site import ROOT, Site
from tests.support.strict import program

pytestmark = pytest.mark.road
RULES = ROOT / "docs" / "prometheus" / "twiceshy.rules.yml"


@contextmanager
def running(folder: Path, *words: str) -> Iterator[None]:
    """A program of somebody else's for as long as the block lasts."""
    with (folder / f"{Path(words[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def fetched(url: str, body: Any = None) -> Any:
    """The JSON at an address, None while nobody answers there."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read()
    except OSError:
        return None
    return json.loads(text) if text else {}


def test_promtool_is_happy_with_the_rules() -> None:
    done = subprocess.run(
        [program("promtool"), "check", "rules", str(RULES)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 rules found" in done.stdout


def test_alerts_come_in_and_numbers_go_out(tmp_path: Path) -> None:
    alertmanager, prometheus = program("alertmanager"), program("prometheus")
    with Site(tmp_path / "site") as site:
        admin = site.person("admin", "admin")
        tool, token = Tool(site, admin), site.token(admin)
        tool.call("PUT", "/hosts/db1/facts/", json={"sections": {"network": {
            "fqdn": "db1.example.net"}}})  # fmt: skip

        port = free_port()
        settings = tmp_path / "alertmanager.yml"
        settings.write_text(f"""
route: {{receiver: twiceshy, group_wait: 0s, group_interval: 1s, group_by: [alertname]}}
receivers:
  - name: twiceshy
    webhook_configs:
      - url: {site.url}/api/v1/hooks/alertmanager/
        http_config: {{authorization: {{credentials: {token}}}}}
""")
        words = [alertmanager, f"--config.file={settings}", f"--storage.path={tmp_path / 'am'}",
                 f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]  # fmt: skip
        with running(tmp_path, *words):
            began = datetime.now(UTC) - timedelta(minutes=3)
            alert = {
                "labels": {"alertname": "DiskFailed", "severity": "critical",
                           "instance": "db1.example.net:9100"},
                "annotations": {"summary": "sda of db1 failed"},
                "startsAt": began.isoformat(),
            }  # fmt: skip
            address = f"http://127.0.0.1:{port}/api/v2/alerts"
            assert soon(lambda: fetched(address, [alert]) is not None)

            def incidents() -> Any:
                return tool.call("GET", "/incidents/")["results"]

            (incident,) = soon(incidents)
            over = alert | {"endsAt": (began + timedelta(minutes=2)).isoformat()}
            fetched(address, [over])
            soon(lambda: incidents()[0]["resolved_at"])
        (incident,) = incidents()
        assert (incident["title"], incident["status"]) == ("sda of db1 failed", "draft")
        assert incident["detected_at"].startswith(began.strftime("%Y-%m-%dT%H:%M"))

        web = free_port()
        (tmp_path / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: twiceshy
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["{site.url.removeprefix("http://")}"]}}]
""")
        words = [prometheus, f"--config.file={tmp_path / 'prometheus.yml'}",
                 f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{web}"]  # fmt: skip
        with running(tmp_path, *words):
            base = f"http://127.0.0.1:{web}/api/v1"

            def value(expression: str) -> float | None:
                said = fetched(f"{base}/query?query={urllib.parse.quote(expression)}")
                found = said["data"]["result"] if said else []
                return float(found[0]["value"][1]) if found else None

            assert soon(lambda: value('up{job="twiceshy"}')) == 1
            assert soon(lambda: value('twiceshy_part_ok{part="database"}')) == 1
            assert value("sum(twiceshy_hosts)") == 1
            assert soon(lambda: value('twiceshy_requests_total{view="metrics"}'))
            groups = fetched(f"{base}/rules")["data"]["groups"]
            assert {rule["health"] for group in groups for rule in group["rules"]} <= {
                "ok", "unknown",
            }  # fmt: skip
