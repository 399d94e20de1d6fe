"""What a file is, by its bytes and never by what its sender calls it."""

import re
import warnings
from dataclasses import dataclass
from pathlib import PurePath

import filetype
from django.core.files.base import File
from PIL import Image

from kb.attachments.models import PICTURES

HEAD = 8192
#: A picture of more dots is kept, and never drawn into memory: 50 million take 200 MB.
MOST_DOTS = 50_000_000
ANYTHING = "application/octet-stream"
HTML, SVG, XML = "text/html", "image/svg+xml", "application/xml"
#: Programs are no evidence; they belong where software is kept.
REFUSED = {
    "application/x-msdownload": "a Windows program",
    "application/x-executable": "a program",
    "application/x-mach-binary": "a program",
    "application/wasm": "a program",
    "application/x-google-chrome-extension": "a browser extension",
    "application/x-shockwave-flash": "a Flash film",
}
#: Words, by the end of the name; all of these are shown as plain text.
TEXTS = {
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".json": "application/json",
}
SHOWN_AS_TEXT = frozenset({"text/plain", *TEXTS.values()})
_MACHO = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?xml|math|object|embed)[\s>/]", re.I
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type, and of a picture its size."""

    type: str
    width: int | None = None
    height: int | None = None


def sniff(content: File, name: str) -> Kind:
    """What these bytes are.  A picture that cannot be read as one is just bytes."""
    content.seek(0)
    head = content.read(HEAD)
    if head.startswith(_MACHO):
        return Kind("application/x-mach-binary")
    guessed = filetype.guess_mime(head)
    if guessed in PICTURES or guessed == "image/apng":
        return _picture(content)
    if guessed is not None:
        return Kind(guessed)
    return Kind(_text(head, name))


def _picture(content: File) -> Kind:
    content.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Only these readers: Pillow knows seventy, and each is a door.
            with Image.open(content, formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
                width, height = picture.size
                found = Image.MIME.get(picture.format or "", ANYTHING)
                picture.verify()
    except Exception:  # whatever a broken or hostile picture makes a reader raise
        return Kind(ANYTHING)
    return Kind(found if found in PICTURES else ANYTHING, width, height)


def _text(head: bytes, name: str) -> str:
    if not is_text(head):
        return ANYTHING
    found = _MARKUP.search(head)
    if found:
        word = found.group(0).lower()
        if b"svg" in word or b"<svg" in head.lower():
            return SVG
        return XML if b"xml" in word and b"<html" not in head.lower() else HTML
    return TEXTS.get(PurePath(name).suffix.lower(), "text/plain")


def is_text(head: bytes) -> bool:
    """Whether the beginning reads as UTF-8 without control characters that no text has."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut in two.
        return len(head) == HEAD and error.start >= HEAD - 4
    return True


def shown_as(type_: str) -> tuple[str, bool]:
    """The content type to serve, and whether a browser may show it instead of keeping it."""
    if type_ in PICTURES:
        return type_, True
    if type_ in SHOWN_AS_TEXT:
        return "text/plain; charset=utf-8", True
    # HTML, SVG and PDF can act; whatever else it is, no browser of ours opens it.
    return ANYTHING, False
