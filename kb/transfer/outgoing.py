"""Everything as files: one Markdown file a thing, its attachments in a folder beside it."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.contrib.contenttypes.models import ContentType

from kb.accounts.models import User
from kb.attachments import store
from kb.attachments.models import Attachment
from kb.transfer.links import to_relative
from kb.transfer.models import Origin
from kb.web.registry import Registry

Rest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A kind of thing that goes out as files of ``folder``.

    ``rows(reader)`` are those a reader may see (everything without one), ``name(obj)`` the stem of
    its file, ``text(obj, reader, rest)`` the file with what its origin said besides.
    """

    folder: str
    rows: Callable[[User | None], Iterable[Any]]
    name: Callable[[Any], str]
    text: Callable[[Any, User | None, Rest], str]


#: By folder; rooms above register theirs in ``files.py``.
outgoing: Registry[Outgoing] = Registry("kind of file that goes out")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: its words, or the attachment whose bytes it has."""

    path: str
    text: str = ""
    attachment: Attachment | None = None

    def chunks(self) -> Iterator[bytes]:
        if self.attachment is None:
            yield self.text.encode("utf-8", "surrogatepass")
            return
        with store.store().open(self.attachment.blob.path) as content:
            yield from content.chunks()


def pieces(reader: User | None) -> Iterator[Piece]:
    """Every file of an export, for one reader; one after the other, never all at once."""
    for kind in outgoing:
        for obj in kind.rows(reader):
            yield from pieces_of(kind, obj, reader)


def pieces_of(kind: Outgoing, obj: Any, reader: User | None) -> Iterator[Piece]:
    """A thing's Markdown, its links to its own files made relative, and those files."""
    name = kind.name(obj)
    files = list(Attachment.objects.of(obj).select_related("blob"))
    paths = _paths(name, files)
    where = ContentType.objects.get_for_model(type(obj))
    origin = Origin.objects.filter(content_type=where, object_id=obj.pk).first()
    text = kind.text(obj, reader, origin.rest if origin else {})
    yield Piece(f"{kind.folder}/{name}.md", to_relative(text, paths))
    for file in files:
        yield Piece(f"{kind.folder}/{paths[file.pk]}", attachment=file)


def _paths(stem: str, files: Iterable[Attachment]) -> dict[int, str]:
    """By attachment, where it lies from its text; two of one name by number."""
    found: dict[int, str] = {}
    for file in files:
        path = f"{stem}/{file.name}"
        if path.lower() in (one.lower() for one in found.values()):
            path = f"{stem}/{file.pk}/{file.name}"  # the name itself stays
        found[file.pk] = path
    return found


def write_folder(folder: Path, reader: User | None) -> Iterator[str]:
    """Write an export into a folder; says each path.  What lay there under the name is replaced."""
    root = folder.resolve()
    for piece in pieces(reader):
        target = (root / PurePosixPath(piece.path)).resolve()
        if not target.is_relative_to(root):
            raise ValueError(f"{piece.path} would lie outside of {root}")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".part-{os.getpid()}")
        with part.open("wb") as out:
            for chunk in piece.chunks():
                out.write(chunk)
        part.replace(target)  # whole or not at all
        yield piece.path


class _Sink(RawIOBase):
    """What a zip writes, to be taken away piece by piece."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        held, self.held = self.held, []
        return b"".join(held)


def zipped(reader: User | None, root: str) -> Iterator[bytes]:
    """An export as a zip that begins to flow before it is made; nothing waits in memory."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as zip_:  # type: ignore[arg-type]
        for piece in pieces(reader):
            entry = ZipInfo(f"{root}/{piece.path}", date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            with zip_.open(entry, "w") as out:
                for chunk in piece.chunks():
                    out.write(chunk)
                    if data := sink.taken():
                        yield data
            if data := sink.taken():
                yield data
    yield sink.taken()
