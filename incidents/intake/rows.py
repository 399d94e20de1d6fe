"""Cutting a long body into rows as it comes in: NDJSON lines, or the elements of a JSON array.

Nothing longer than one row is ever held.  A row is bytes; whether it is good JSON is for its
reader.
"""

import re
from collections.abc import Iterable, Iterator

from incidents.facts.bounds import MAX_BYTES

_STRUCTURE = re.compile(rb'["\\\[\]{},]')
_SPACE = b" \t\r\n"


class RowTooLong:
    """Stands in for a row of more than a report may have; its bytes were dropped."""


class Malformed(ValueError):
    """The body as a whole can't be cut: what comes after is lost.  Says where."""


Row = bytes | RowTooLong


def rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    """The rows of a body: of an array when it begins with ``[``, else its lines."""
    chunks = iter(chunks)
    head = b""
    for chunk in chunks:
        head += chunk
        if head.removeprefix(b"\xef\xbb\xbf").strip(_SPACE):
            break
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if head.startswith(b"["):
        yield from _elements(_again(head[1:], chunks))
    else:
        yield from _lines(_again(head, chunks))


def _again(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _lines(chunks: Iterator[bytes]) -> Iterator[Row]:
    held, too_long = b"", False
    for chunk in chunks:
        *whole, rest = (held + chunk).split(b"\n")
        for line in whole:
            if too_long or len(line) > MAX_BYTES:
                yield RowTooLong()
                too_long = False
            elif line.strip(_SPACE):
                yield line.strip(_SPACE)
        held = rest
        if len(held) > MAX_BYTES:
            held, too_long = b"", True
    if too_long:
        yield RowTooLong()
    elif held.strip(_SPACE):
        yield held.strip(_SPACE)


class _Array:
    """Where in an array we are: inside a string, how deep, and the bytes of the element so far."""

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self.escaped = False
        self.over = False
        self.element = bytearray()
        self.too_long = False

    def keep(self, part: bytes) -> None:
        if len(self.element) + len(part) > MAX_BYTES:
            self.too_long = True
            self.element.clear()
        elif not self.too_long:
            self.element += part

    def cut(self) -> Iterator[Row]:
        if self.too_long:
            yield RowTooLong()
        elif found := bytes(self.element).strip(_SPACE):
            yield found
        self.element.clear()
        self.too_long = False


def _elements(chunks: Iterator[bytes]) -> Iterator[Row]:
    at = _Array()
    for chunk in chunks:
        yield from _through(at, chunk)
    if not at.over:
        raise Malformed("The array never ends: the body was cut off, or a ']' is missing.")


def _through(at: _Array, chunk: bytes) -> Iterator[Row]:
    place = 0
    if at.escaped and chunk:
        at.keep(chunk[:1])
        at.escaped, place = False, 1
    while place < len(chunk):
        if at.over:
            if chunk[place:].strip(_SPACE):
                raise Malformed("Something follows the end of the array.")
            return
        found = _STRUCTURE.search(chunk, place)
        if found is None:
            at.keep(chunk[place:])
            return
        at.keep(chunk[place : found.start()])
        sign, place = found.group(), found.end()
        if at.in_string:
            at.keep(sign)
            if sign == b"\\":
                if place >= len(chunk):
                    at.escaped = True
                else:
                    at.keep(chunk[place : place + 1])
                    place += 1
            elif sign == b'"':
                at.in_string = False
        elif sign == b"," and at.depth == 0:
            yield from at.cut()
        elif sign == b"]" and at.depth == 0:
            yield from at.cut()
            at.over = True
        else:
            at.in_string = sign == b'"'
            at.depth += (sign in b"[{") - (sign in b"]}")
            at.keep(sign)
