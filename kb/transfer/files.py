"""Pages go out and come in as files of ``pages/``."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.urls import reverse

from kb.accounts.models import User
from kb.transfer import written
from kb.transfer.incoming import Arriving, Result, import_folder
from kb.transfer.outgoing import Outgoing, outgoing
from kb.transfer.written import Written
from kb.wiki.models import Page
from kb.wiki.pages import create_page

PAGES = Written("page", Page, "body", create_page)


def _rows(reader: User | None) -> Iterable[Page]:
    rows = Page.objects.filter(deleted_at=None)
    rows = rows if reader is None else Page.objects.visible_to(reader)
    return rows.select_related("owner").order_by("slug").iterator(chunk_size=200)


def take_page(arriving: Arriving) -> None:
    written.take(PAGES, arriving)


def import_pages(root: Path, *, by: User | None, dry: bool = False) -> Iterator[Result]:
    """A folder of Markdown as pages; links between the files lead from page to page."""

    def address(path: Path, text: str) -> str:
        name = path.relative_to(root).with_suffix("").as_posix()
        return reverse("wiki:page", args=[written.slug_for(name, text)])

    return import_folder(root, take_page, by=by, dry=dry, address=address)


outgoing.register(
    "pages",
    Outgoing(
        folder="pages",
        rows=_rows,
        name=lambda page: page.slug,
        text=lambda page, reader, rest: written.write(PAGES, page, rest),
    ),
    rank=10,
)
