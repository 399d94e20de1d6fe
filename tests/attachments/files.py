"""Files as people bring them, and as nobody should."""

import zlib
from io import BytesIO
from zipfile import ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (1200, 900), colour: str = "navy") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def upload(content: bytes, name: str = "shot.png", type_: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=type_)


HTML = b"<!doctype html><script>fetch('/settings/').then(alert)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
SVG_LATER = b'<?xml version="1.0"?>\n<!-- ' + b"x" * 900 + b' -->\n<svg onload="alert(1)"/>'
#: A GIF to whoever asks for pictures, a script to whoever asks for scripts.
POLYGLOT_GIF = b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(document.domain)//"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 64
EXE = b"MZ" + b"\x00" * 200


def picture_with_tail() -> bytes:
    """A real picture, and HTML behind its end."""
    return picture(size=(8, 8)) + HTML


def zip_bomb() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", compression=8) as bomb:
        bomb.writestr("a.txt", b"0" * 20_000_000)
    return out.getvalue()


def picture_bomb(side: int = 40_000) -> bytes:
    """A PNG of a few hundred bytes that says it is 40,000 by 40,000."""

    def part(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body)
        return len(body).to_bytes(4, "big") + name + body + crc.to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")
