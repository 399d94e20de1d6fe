"""A folder of Markdown as things: file by file, a result for each, as often as one likes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction

from kb.accounts.models import User
from kb.attachments import keeping
from kb.attachments.keeping import names_of
from kb.attachments.models import Attachment
from kb.transfer import links
from kb.transfer.models import Origin

MOST_BYTES = 2_000_000  # of a Markdown file; a text here has 100,000 characters
NEW, CHANGED, SAME, BROKEN = "new", "changed", "same", "broken"


@dataclass(slots=True)
class Result:
    """What became of one file; ``notes`` say what had no place or was taken otherwise."""

    path: str
    state: str = SAME
    key: str = ""
    notes: list[str] = field(default_factory=list)


class Broken(Exception):
    """The file cannot be taken in; the message says what is wrong and how to mend it."""


class _Rehearsed(Exception):
    """Ends the transaction of a dry run."""


@dataclass(slots=True)
class Arriving:
    """One file on its way in: where it lies, its text, and what it may link to."""

    root: Path
    path: Path
    text: str
    by: User | None
    dry: bool
    result: Result
    #: Addresses of the other files of the folder, by path.
    addresses: dict[Path, str]

    @property
    def name(self) -> str:
        """Its path below the root, without the ending."""
        return self.path.relative_to(self.root).with_suffix("").as_posix()

    def note(self, said: str) -> None:
        self.result.notes.append(said)

    def with_files(
        self, texts: dict[str, str], thing: Any | None
    ) -> tuple[dict[str, str], list[str]]:
        """The texts with relative links made ours, and the names of the files they brought.

        Files in the folder of the same name come along, whether or not a text shows them.
        """
        here = _there(thing)
        found: dict[Path, Attachment | None] = {}
        beside = self.path.with_suffix("")
        if beside.is_dir() and not beside.is_symlink():
            for path in sorted(beside.rglob("*")):
                if path.is_file() and path.suffix.lower() != ".md":
                    self._bring(path, found, here)

        def new(target: str) -> str | None:
            path = self._file(target)
            if path is None:
                return None
            if path in self.addresses:
                _, mark, anchor = target.partition("#")
                return self.addresses[path] + (f"#at-{anchor}" if mark and anchor else "")
            made = self._bring(path, found, here)
            return quote(made.url, safe="/%") if made is not None else None

        rewritten = {name: links.replace_targets(text, new) for name, text in texts.items()}
        brought = [f"{one.pk}/{one.name}" for one in found.values() if one is not None]
        before = names_of(thing) if thing is not None else []
        return rewritten, sorted({*before, *brought})

    def _file(self, target: str) -> Path | None:
        """The file a relative link means, if it lies in the folder that is imported."""
        try:
            path = (self.path.parent / links.file_of(target)).resolve()
            if path.is_relative_to(self.root.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):
            return None
        self.note(f"links to {target}, which is not there")
        return None

    def _bring(
        self,
        path: Path,
        found: dict[Path, Attachment | None],
        here: dict[tuple[str, str], Attachment],
    ) -> Attachment | None:
        path = path.resolve()
        if path not in found and path.is_relative_to(self.root.resolve()):
            found[path] = self._keep(path, here)
        return found.get(path)

    def _keep(self, path: Path, here: dict[tuple[str, str], Attachment]) -> Attachment | None:
        with path.open("rb") as handle:
            content = File(handle, name=path.name)
            same = here.get((keeping.tidy_name(path.name), keeping.digest_of(content)))
            if same is not None or self.dry:  # a rehearsal leaves no bytes behind
                return same
            try:
                return keeping.keep(content, path.name, by=self.by)
            except ValidationError as error:
                self.note(f"{path.name} was left out: {' '.join(error.messages)}")
                return None


def _there(thing: models.Model | None) -> dict[tuple[str, str], Attachment]:
    if thing is None:
        return {}
    rows = Attachment.objects.of(thing).select_related("blob")
    return {(one.name, one.blob.digest): one for one in rows}


Take = Callable[[Arriving], None]
Address = Callable[[Path, str], str]


def import_folder(
    root: Path,
    take: Take,
    *,
    by: User | None,
    dry: bool = False,
    address: Address | None = None,
    files: Sequence[Path] | None = None,
) -> Iterator[Result]:
    """Take in every Markdown file of a folder, each by itself: a broken one stops no other."""
    paths = list(files) if files is not None else markdown_in(root)
    texts: dict[Path, str] = {}
    broken: dict[Path, str] = {}
    for path in paths:
        try:
            texts[path] = _read(path)
        except Broken as why:
            broken[path] = str(why)
    addresses = {p.resolve(): address(p, text) for p, text in texts.items()} if address else {}
    for path in paths:
        result = Result(path.relative_to(root).as_posix())
        if path in broken:
            result.state, result.notes = BROKEN, [broken[path]]
        else:
            _one(Arriving(root, path, texts[path], by, dry, result, addresses), take)
        yield result


def markdown_in(root: Path) -> list[Path]:
    """The Markdown files of a folder, by name; hidden ones and links to elsewhere are passed by."""
    found = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        hidden = any(part.startswith(".") for part in inside)
        if path.suffix.lower() in (".md", ".markdown") and not hidden and path.is_file():
            found.append(path)
    return [path for path in found if path.resolve().is_relative_to(root.resolve())]


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Broken(f"It has more than {MOST_BYTES:,} bytes: split it.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Broken(f"It is not UTF-8 (byte {error.start}): save it as UTF-8.") from None
    except OSError as error:
        raise Broken(f"It cannot be read: {error.strerror}.") from None
    if "\0" in text:
        raise Broken("It holds a null character, which no text has: is it a Markdown file?")
    return text.replace("\r\n", "\n")


def _one(arriving: Arriving, take: Take) -> None:
    result = arriving.result
    try:
        with transaction.atomic():
            take(arriving)
            if arriving.dry:
                raise _Rehearsed
    except _Rehearsed:
        pass
    except Broken as why:
        result.state, result.notes = BROKEN, [str(why)]
    except ValidationError as error:
        said = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        words = [f"{name}: {' '.join(lines)}".lstrip(": ") for name, lines in said.items()]
        result.state, result.notes = BROKEN, words
    except Exception as error:  # whatever a stranger's file brings about stops no other file
        result.state, result.notes = BROKEN, [f"{type(error).__name__}: {error}"]


def known(key: str, model: type[models.Model]) -> Any | None:
    """What was imported under this key before."""
    origin = Origin.objects.filter(
        key=key[:300], content_type=ContentType.objects.get_for_model(model)
    ).first()
    if origin is None:
        return None
    return model._default_manager.filter(pk=origin.object_id).first()


def remember(key: str, obj: models.Model, rest: dict[str, Any]) -> None:
    """Know it again, with what its file said that has no place here."""
    where = ContentType.objects.get_for_model(type(obj))
    Origin.objects.filter(content_type=where, object_id=obj.pk).exclude(key=key[:300]).delete()
    Origin.objects.update_or_create(
        key=key[:300],
        defaults={"content_type": where, "object_id": obj.pk, "rest": plain(rest)},
    )


def plain(value: Any) -> Any:
    """A value of front matter as JSON keeps it: dates as words, keys as words."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value.replace("\0", "") if isinstance(value, str) else value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
