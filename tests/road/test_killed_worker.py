"""A worker killed in the middle delays the index and loses nothing."""

from pathlib import Path

import pytest

from tests.road.tool import Tool, soon
from tests.support.site import Site

pytestmark = pytest.mark.road
WRITTEN = 24


def test_index_and_database_agree_after_the_worker_was_killed(tmp_path: Path) -> None:
    with Site(tmp_path / "site") as site:
        site.manage("rebuild_index", "-v0")
        site.wait_for("/readyz")
        tool = Tool(site, site.person("admin", "admin"))
        numbers = set()
        for number in range(WRITTEN):
            if number == WRITTEN // 3:
                site.kill("worker")
            if number == 2 * WRITTEN // 3:
                site.kill("redis")  # writing goes on without it
            told = {"title": f"Splinter {number} in the lift", "summary": "A lift is no rack."}
            numbers.add(str(tool.call("POST", "/incidents/", json=told)["id"]))
        site.start("redis")
        site.start("worker")

        def found() -> set[str]:
            results = tool.call("GET", "/search/?q=splinter&kind=incident&limit=100")["results"]
            keys = {str(one["key"]).removeprefix("#") for one in results}
            return keys if keys == numbers else set()

        assert soon(found, seconds=60) == numbers
        site.wait_for("/readyz", seconds=90)


def test_a_part_that_died_is_named_by_readyz(tmp_path: Path) -> None:
    with Site(tmp_path / "site") as site:
        site.manage("rebuild_index", "-v0")
        site.wait_for("/readyz")
        site.kill("redis")
        said = Tool(site, site.person("admin", "admin")).session.get(
            f"{site.url}/readyz", timeout=30
        )
        assert said.status_code == 503
        parts = said.json()["parts"]
        assert parts["redis"]["ok"] is False
        assert parts["database"]["ok"] is True
