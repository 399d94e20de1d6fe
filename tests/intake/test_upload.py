"""Uploading in the browser: nothing is stored before the yes, and the yes does what was shown."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from incidents.facts.readers import read
from incidents.hosts.ingest import ingest
from incidents.hosts.models import Host
from incidents.intake import tasks
from incidents.intake.models import Upload
from tests.support.factories import make_host, make_user

pytestmark = pytest.mark.django_db

REPORT = {"host": "web-1", "sections": {"os": {"name": "Debian", "version": "12"}}}
LIST = "Hostname,Datacenter,Function\nweb-1,Berlin,web\nweb 2,Berlin,web\n"


@pytest.fixture
def web(client: Client) -> Client:
    client.force_login(make_user())
    return client


def send(web: Client, text: str = "", *files: tuple[str, str], **said: str) -> Any:
    chosen = [SimpleUploadedFile(name, body.encode()) for name, body in files]
    return web.post("/upload/", {"format": "auto", "text": text, "chosen": chosen} | said)


def shown(web: Client, answer: Any) -> tuple[str, str]:
    """The address of the preview, and its page."""
    assert answer.status_code == 302, answer.content.decode()
    return answer.url, web.get(answer.url).content.decode()


def say_yes(web: Client, at: str, page: str) -> Any:
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    return web.post(at, {"seen": seen[1], "store": "1"})


def test_what_is_pasted_is_shown_and_stored_on_a_yes(web: Client) -> None:
    make_host("web-1", facts={"os": {"name": "Debian", "version": "11"}})
    at, page = shown(web, send(web, json.dumps(REPORT)))
    assert "<code>os.version</code>" in page
    assert Host.objects.get().facts["os"]["version"] == "11"
    assert say_yes(web, at, page).url == at
    assert Host.objects.get().facts["os"]["version"] == "12"
    done = web.get(at).content.decode()
    assert "<h1>Stored" in done or "Stored" in done
    assert Upload.objects.get().items == []


def test_files_of_any_format_go_together_and_a_bad_one_spoils_none(web: Client) -> None:
    ansible = json.dumps({"ansible_facts": {"ansible_distribution": "Gentoo"}})
    answer = send(
        web, "", ("db-1", ansible), ("notes.txt", "hello"), ("w.json", json.dumps(REPORT))
    )
    at, page = shown(web, answer)
    assert "notes.txt" in page
    assert "This is not valid JSON" in page
    say_yes(web, at, page)
    assert sorted(Host.objects.values_list("name", flat=True)) == ["db-1", "web-1"]
    assert "notes.txt" in web.get(at).content.decode()


def test_yes_twice_is_yes_once(web: Client) -> None:
    at, page = shown(web, send(web, json.dumps(REPORT)))
    say_yes(web, at, page)
    before = Host.objects.values().get()
    assert say_yes(web, at, page).status_code == 200
    assert Host.objects.values().get() == before


def test_what_was_known_changed_meanwhile_and_it_is_shown_anew(web: Client) -> None:
    make_host("web-1", facts={})
    at, page = shown(web, send(web, json.dumps(REPORT)))
    other = REPORT | {"source": "puppet", "sections": {"os": {"kernel": "6.1", "version": "13"}}}
    (report,) = read(other, arrived_at=timezone.now())
    ingest(report, arrived_at=timezone.now())
    answer = say_yes(web, at, page)
    assert answer.status_code == 409
    assert "nothing was stored" in answer.content.decode()
    assert Host.objects.get().facts["os"].get("name") is None
    say_yes(web, at, answer.content.decode())
    assert Host.objects.get().facts["os"]["name"] == "Debian"


@pytest.mark.parametrize("seen", ["", "0" * 64, "tampered"])
def test_a_yes_to_something_else_stores_nothing(web: Client, seen: str) -> None:
    at, _ = shown(web, send(web, json.dumps(REPORT)))
    assert web.post(at, {"seen": seen, "store": "1"}).status_code == 409
    assert Host.objects.count() == 0


def test_thrown_away_it_is_gone(web: Client) -> None:
    at, _ = shown(web, send(web, json.dumps(REPORT)))
    assert web.post(at, {"discard": "1"}).url == "/upload/"
    assert web.get(at).status_code == 404
    assert (Upload.objects.count(), Host.objects.count()) == (0, 0)


def test_after_a_day_it_says_that_it_is_over(web: Client) -> None:
    at, page = shown(web, send(web, json.dumps(REPORT)))
    Upload.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert web.get(at).status_code == 410
    assert say_yes(web, at, page).status_code == 410
    assert Host.objects.count() == 0
    Upload.objects.update(created_at=timezone.now() - timedelta(days=3))
    tasks.forget_uploads()
    assert web.get(at).status_code == 404


def test_only_who_sent_it_sees_it_and_viewers_may_not(web: Client, client: Client) -> None:
    at, page = shown(web, send(web, json.dumps(REPORT)))
    other = Client()
    other.force_login(make_user())
    assert other.get(at).status_code == 404
    assert say_yes(other, at, page).status_code == 404
    viewer = Client()
    viewer.force_login(make_user(role="viewer"))
    assert viewer.get("/upload/").status_code == 403
    assert send(viewer, json.dumps(REPORT)).status_code == 403
    assert Host.objects.count() == 0


def test_a_list_shows_its_columns_which_can_be_said(web: Client) -> None:
    at, page = shown(web, send(web, "", ("hosts.csv", LIST)))
    assert "line 3" in page
    assert "{&#x27;" not in page
    assert "&#x27;web 2&#x27; can&#x27;t be a host name" in page
    columns = {"column-0": "name", "column-1": "site", "column-2": "", "columns": "1"}
    page = web.get(web.post(at, columns).url).content.decode()
    assert ">web</td>" not in page
    say_yes(web, at, page)
    host = Host.objects.select_related("site").get()
    assert (host.name, host.site and host.site.name, host.role) == ("web-1", "Berlin", "")


def test_columns_that_name_no_host_are_refused_in_words(web: Client) -> None:
    at, _ = shown(web, send(web, LIST))
    answer = web.post(at, {"column-0": "", "column-1": "site", "column-2": "", "columns": "1"})
    assert answer.status_code == 422
    assert "No column names the hosts" in answer.content.decode()


def test_a_list_leaves_what_people_wrote_unless_told(web: Client) -> None:
    make_host("web-1", facts={}, role="ledger")
    at, page = shown(web, send(web, LIST))
    assert "ledger stands there and was left" in page
    columns = {"column-0": "name", "column-1": "", "column-2": "role", "columns": "1"}
    page = web.get(web.post(at, columns | {"overwrite": "1"}).url).content.decode()
    say_yes(web, at, page)
    assert Host.objects.get().role == "web"


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", {}, "Choose a file, or paste"),
        ("hello", {}, "not valid JSON"),
        ('{"sections": {"o": {}}}', {}, "Unknown section"),
        ("{}", {"host": "a b"}, "can&#x27;t be a host name"),
    ],
)
def test_what_cannot_be_understood_is_said_at_once(
    web: Client, text: str, said: dict[str, str], why: str
) -> None:
    answer = send(web, text, **said)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Upload.objects.count() == 0


def test_secrets_of_the_file_are_not_kept_while_it_waits(web: Client) -> None:
    facts = {"ansible_distribution": "Debian", "ansible_env": {"PASSWORD": "hunter2"}}
    send(web, "", ("db-1", json.dumps({"ansible_facts": facts})))
    assert "hunter2" not in json.dumps(list(Upload.objects.values("items", "table")))
