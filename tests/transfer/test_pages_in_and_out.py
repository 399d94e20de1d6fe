"""A folder of Markdown becomes pages, and everything goes out and comes back as it was."""

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client

from kb.accounts.models import User
from kb.attachments.keeping import keep
from kb.attachments.models import Attachment
from kb.transfer.files import import_pages
from kb.transfer.outgoing import write_folder
from kb.wiki.models import Page
from kb.wiki.pages import create_page
from kb.wiki.revisions import history
from tests.attachments import files
from tests.attachments.conftest import kept_in  # noqa: F401
from tests.support.factories import make_incident, make_team

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's notes, as other tools keep them."""
    root = tmp_path / "notes"
    (root / "racks" / "img").mkdir(parents=True)
    (root / "racks" / "img" / "a b.png").write_bytes(files.picture(size=(9, 9)))
    (root / "racks" / "left.md").write_text(
        "---\ntitle: Left rack\ntags: [dc, racks]\nowner: storage\nreviewers: [ann]\n---\n"
        "See [the right one](right.md#power), ![front](img/a%20b.png), [gone](gone.md),\n"
        "[out](../../../../etc/passwd), https://example.net/x.md and `[code](right.md)`.\n"
    )
    (root / "racks" / "right.md").write_text("# Right rack\n\n## Power\n\nTwo feeds.\n")
    (root / "broken.md").write_text("---\ntitle: [\n---\nx")
    (root / "latin.md").write_bytes(b"caf\xe9")
    (root / ".hidden.md").write_text("secret")
    return root


def states(results: object) -> dict[str, str]:
    return {one.path: one.state for one in results}  # type: ignore[attr-defined]


def test_links_and_pictures_go_on_working(folder: Path, responder: User) -> None:
    make_team("Storage")
    results = {one.path: one for one in import_pages(folder, by=responder)}
    assert {path: one.state for path, one in results.items()} == {
        "broken.md": "broken",
        "latin.md": "broken",
        "racks/left.md": "new",
        "racks/right.md": "new",
    }
    assert "no YAML" in results["broken.md"].notes[0]
    assert "save it as UTF-8" in results["latin.md"].notes[0]
    left = Page.objects.get(slug="racks-left")
    file = Attachment.objects.get()
    assert (left.title, left.tags, str(left.owner)) == ("Left rack", ["dc", "racks"], "Storage")
    assert "[the right one](/pages/racks-right/#at-power)" in left.body
    assert f"![front]({file.url})" in left.body
    assert "(../../../../etc/passwd)" in left.body
    assert file.thing == left
    assert Page.objects.get(slug="racks-right").body.startswith("## Power")
    assert "links to gone.md, which is not there" in results["racks/left.md"].notes


def test_taken_in_again_it_changes_nothing(folder: Path, responder: User) -> None:
    list(import_pages(folder, by=responder))
    assert set(states(import_pages(folder, by=responder)).values()) == {"broken", "same"}
    assert Attachment.objects.count() == 1
    (folder / "racks" / "right.md").write_text("# Right rack\n\nOne feed.\n")
    assert states(import_pages(folder, by=responder))["racks/right.md"] == "changed"
    page = Page.objects.get(slug="racks-right")
    assert (page.body, history(page)[0].comment) == ("One feed.", "Imported from right.md")


def test_a_rehearsal_stores_nothing(folder: Path, kept_in: Path) -> None:  # noqa: F811
    said = StringIO()
    with pytest.raises(CommandError, match="Some files could not be taken in"):
        call_command("import_pages", folder, "--dry-run", stdout=said, stderr=said)
    assert "[3/4] new     racks/left.md → page:racks-left" in said.getvalue()
    assert "2 broken, 2 new; nothing was stored" in said.getvalue()
    assert not Page.objects.exists()
    assert not kept_in.exists()


def test_a_page_of_ours_is_never_taken_over_by_a_strangers_file(
    folder: Path, responder: User
) -> None:
    create_page(by=responder, title="x", slug="racks-right", body="Ours.")
    list(import_pages(folder, by=responder))
    assert Page.objects.get(slug="racks-right").body == "Ours."
    assert Page.objects.get(slug="racks-right-2").body.startswith("## Power")


def test_out_and_in_again_is_the_same(responder: User, tmp_path: Path) -> None:
    page = create_page(
        by=responder, title='A "hard" one: ---', tags=["x"], is_runbook=True,
        owner=make_team("Ops"), body="# One\n\n---\n\ntext",
    )  # fmt: skip
    one = keep(ContentFile(b"1"), "a.txt", by=responder, thing=page)
    keep(ContentFile(b"2"), "a.txt", by=responder, thing=page)
    page.refresh_from_db()
    Page.objects.filter(pk=page.pk).update(body=f"{page.body} [a]({one.url})")
    list(write_folder(tmp_path / "out", None))
    text = (tmp_path / "out" / "pages" / f"{page.slug}.md").read_text()
    assert f"[a]({page.slug}/a.txt)" in text
    there = [path.name for path in (tmp_path / "out" / "pages" / page.slug).rglob("*.txt")]
    assert there == ["a.txt", "a.txt"]
    before = Page.objects.values().get()
    assert states(import_pages(tmp_path / "out" / "pages", by=None)) == {f"{page.slug}.md": "same"}
    Page.objects.all().delete()
    Attachment.objects.all().delete()
    list(import_pages(tmp_path / "out" / "pages", by=responder))
    after = Page.objects.values().get()
    for name in ("slug", "title", "tags", "is_runbook", "owner_id"):
        assert after[name] == before[name], name
    assert Attachment.objects.count() == 2
    assert "[a](/attachments/" in after["body"]


def test_what_a_stranger_wrote_besides_goes_out_again(folder: Path, tmp_path: Path) -> None:
    list(import_pages(folder, by=None))
    list(write_folder(tmp_path / "out", None))
    text = (tmp_path / "out" / "pages" / "racks-left.md").read_text()
    assert "reviewers:\n- ann" in text
    assert "owner: storage" in text  # nobody is called so here, and it is kept all the same


def test_the_button_gives_what_the_asker_may_see(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Rack", body="Words.")
    keep(ContentFile(files.picture(size=(9, 9))), "a.png", by=responder, thing=page)
    secret = make_incident(title="Hush", visibility="restricted", author=responder)
    keep(ContentFile(b"names"), "names.txt", by=responder, thing=secret)
    assert "Download all of it" in browser_of(stranger).get("/export/").content.decode()
    found = {}
    for who in (responder, stranger):
        answer = browser_of(who).get("/export/twiceshy.zip")
        assert answer.headers["Content-Type"] == "application/zip"
        zip_ = ZipFile(BytesIO(b"".join(answer.streaming_content)))
        assert zip_.testzip() is None
        found[who.username] = {name.partition("/")[2] for name in zip_.namelist()}
    assert found["sam"] == {"pages/rack.md", "pages/rack/a.png"}
    assert found["ruth"] - found["sam"] == {
        f"incidents/{secret.pk}.md",
        f"incidents/{secret.pk}/names.txt",
    }
