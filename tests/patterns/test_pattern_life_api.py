"""``/api/v1/patterns/``: versions, sleep, import and export."""

import pytest
from rest_framework.test import APIClient

from incidents.patterns.models import Pattern
from incidents.patterns.starting import STARTING_TEXT
from kb.accounts.models import User
from tests.conftest import api_as

pytestmark = pytest.mark.django_db
AT = "/api/v1/patterns/"


def bring(api: APIClient, text: str) -> list[dict[str, object]]:
    answer = api.post(f"{AT}import/", {"yaml": text}, format="json")
    assert answer.status_code == 200
    results: list[dict[str, object]] = answer.json()["results"]
    return results


def test_what_is_exported_is_imported_somewhere_else(api: APIClient) -> None:
    assert bring(api, STARTING_TEXT) == [
        {"pattern": "give-it-a-name", "did": "new", "problems": []}
    ]
    text = api.get(f"{AT}export/").content.decode()
    assert bring(api, text)[0]["did"] == "unchanged"
    Pattern.objects.all().delete()
    assert bring(api, text)[0]["did"] == "new"


def test_each_document_tells_its_own_story(api: APIClient, library: None) -> None:
    wrong = STARTING_TEXT.replace("storage.raids.size()", "storrage.raids.size()")
    theirs = api.get(f"{AT}os-eol/yaml/").content.decode().replace("title: ", "title: Our ", 1)
    found = bring(api, f"{wrong}---\n{theirs}")
    assert [one["did"] for one in found] == ["refused", "refused"]
    assert "did you mean `storage`?" in str(found[0]["problems"])
    assert found[1]["problems"] == ["Only an admin changes a shipped pattern."]


def test_readers_import_nothing(viewer_api: APIClient) -> None:
    answer = viewer_api.post(f"{AT}import/", {"yaml": STARTING_TEXT}, format="json")
    assert answer.status_code == 403


def test_nothing_is_a_mistake(api: APIClient) -> None:
    assert api.post(f"{AT}import/", {}, format="json").json()["errors"][0]["pointer"] == "/yaml"


def test_every_version_with_who_and_why(api: APIClient) -> None:
    bring(api, STARTING_TEXT)
    bring(api, STARTING_TEXT.replace("severity: medium", "severity: high"))
    told = api.get(f"{AT}give-it-a-name/versions/").json()["results"]
    shown = [(one["number"], one["by"], one["comment"], one["spec"]["severity"]) for one in told]
    assert shown == [(2, "ruth", "Imported", "high"), (1, "ruth", "Imported", "medium")]


def test_admins_let_it_sleep_and_wake_it(api: APIClient, keeper: User) -> None:
    bring(api, STARTING_TEXT)
    at, sent = f"{AT}give-it-a-name/sleep/", {"because": "all arrays are gone"}
    assert api.post(at, sent, format="json").status_code == 403
    keeping = api_as(keeper)
    assert keeping.post(at, sent, format="json").json()["because"] == "all arrays are gone"
    assert Pattern.objects.get().dormant_by == keeper
    assert keeping.post(at, {"sleep": False}, format="json").json()["asleep_since"] is None
