"""How much of a report we are willing to read, checked before anything else looks at it."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from itertools import chain
from typing import Any, NoReturn

import msgspec

from .errors import FactsError, TooLarge, step

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 12
MAX_ENTRIES = 5000
MAX_ERRORS = 20
MAX_NUMBER = 2**64

_DOUBT = object()
_BOM = b"\xef\xbb\xbf"
_HARMLESS = {str, bool, type(None)}
_decode = msgspec.json.Decoder().decode
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def check_size(body: bytes | str) -> None:
    """Refuse a body over 1 MiB with `TooLarge`."""
    size = len(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"The report is {size:,} bytes; the limit is {MAX_BYTES:,}. "
            "Send fewer sections at a time."
        )


def parse_json(body: bytes | str) -> Any:
    """The JSON value in `body`, within all bounds, or FactsError / TooLarge.

    However deep a body is nested, the parser's own guard stops it. NaN and Infinity, a key
    given twice, text that isn't UTF-8 and numbers too big to be numbers are refused.
    """
    check_size(body)
    plain = _plainly(body)
    return _carefully(body) if plain is _DOUBT else plain


def _plainly(body: bytes | str) -> Any:
    """The short way through a body that holds nothing to complain of: most of them do.

    Where anything is in doubt the long way looks again, and finds the words for it.
    """
    try:
        text = body.removeprefix(_BOM) if isinstance(body, bytes) else body.encode()
        value = _decode(text)
    except (ValueError, RecursionError):  # what msgspec raises is a ValueError as well
        return _DOUBT
    keys = _keys_of(value)
    if keys < 0 or _may_repeat(text, keys):
        return _DOUBT
    # Without an escape, JSON can say neither NUL nor half of a pair: no string need be looked at.
    return value if b"\\u" not in text or _is_sound(value) else _DOUBT


def _keys_of(value: Any) -> int:
    """How many keys all objects have together; below nothing where a bound does not hold."""
    keys, level = 0, [value]
    for _ in range(MAX_DEPTH):
        inside: list[Any] = []
        for current in level:
            if type(current) is dict:
                keys += len(current)
                inside.append(current.values())
            elif type(current) is list:
                if len(current) > MAX_ENTRIES:
                    return -1
                inside.append(current)
            elif not _is_plain(current, type(current)):
                return -1
        level = [one for one in chain.from_iterable(inside) if type(one) not in _HARMLESS]
        if not level:
            return keys
    return -1


def _may_repeat(text: bytes, keys: int) -> bool:
    """Whether a key may stand twice in one object of this JSON, which holds so many keys.

    A key's closing quote and its colon stand together, save where there is space between: then
    it is not certain.  Inside of strings the two may stand together as well (`"::1"`), so the
    count is never too small; where it is no greater than the keys, none of them was lost.
    """
    if any(space in text and space + b":" in text for space in (b" ", b"\t", b"\n", b"\r")):
        return True
    return text.count(b'":') - text.count(b'"::') != keys


def _carefully(body: bytes | str) -> Any:
    """The long way, which knows what is wrong and where."""
    text = body if isinstance(body, str) else _text(body)
    try:
        value = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
        )
    except json.JSONDecodeError as error:
        _check_nesting(text)
        raise FactsError(
            f"This is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except FactsError:
        raise
    except RecursionError:
        _check_nesting(text)
        raise FactsError(f"The report is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        raise FactsError("This is not valid JSON: a number has too many digits.") from None
    # Without an escape, JSON can say neither NUL nor half of a pair: no string need be looked at.
    if not _is_sound(value, texts="\\u" in text):
        _check_nesting(text)
        raise FactsError(_faults(value))
    return value


def check_shape(value: Any, *, texts: bool = True) -> None:
    """Refuse nesting deeper than 12, lists over 5,000 entries and values that can't be stored.

    Without `texts` strings are taken for sound: they come from what was checked before.

    Dates are let through: YAML has them, and `parse_sections` writes them as text.
    """
    if not (_is_sound(value) if texts else _keys_of(value) >= 0):
        raise FactsError(_faults(value))


def _is_sound(value: Any, texts: bool = True) -> bool:
    """The same questions as `_faults`, without the cost of knowing where."""
    level: list[Any] = [value]
    for depth in range(1, MAX_DEPTH + 2):
        below: list[Any] = []
        for current in level:
            kind = type(current)
            if kind is str:
                if (
                    texts
                    and not (current.isascii() and "\0" not in current)
                    and not _is_text(current)
                ):
                    return False
            elif kind in (dict, list) and depth > MAX_DEPTH:
                return False
            elif kind is dict:
                below.extend(current.values())
                if texts:
                    below.extend(current)
            elif kind is list:
                if len(current) > MAX_ENTRIES:
                    return False
                below.extend(current)
            elif not _is_plain(current, kind):
                return False
        level = below
    return True


def _is_plain(value: Any, kind: type) -> bool:
    if kind is int:
        return -MAX_NUMBER < int(value) < MAX_NUMBER
    if kind is float:
        return math.isfinite(value)
    return value is None or kind is bool or isinstance(value, date)


def _faults(value: Any) -> list[tuple[str, str]]:
    errors: list[tuple[str, str]] = []
    todo: list[tuple[str, Any, int]] = [("", value, 1)]
    while todo and len(errors) < MAX_ERRORS:
        pointer, current, depth = todo.pop()
        if isinstance(current, (dict, list, tuple)):
            if depth > MAX_DEPTH:
                errors.append((pointer, f"Nested deeper than {MAX_DEPTH} levels."))
                continue
            if not isinstance(current, dict) and len(current) > MAX_ENTRIES:
                errors.append((pointer, _long_list(len(current))))
                continue
            pairs = current.items() if isinstance(current, dict) else enumerate(current)
            if isinstance(current, dict) and not all(_is_text(str(key)) for key in current):
                errors.append((pointer, "A key here holds a character that can't be stored."))
                continue
            todo.extend((step(pointer, key), item, depth + 1) for key, item in pairs)
        elif isinstance(current, float) and (current != current or abs(current) == float("inf")):
            errors.append((pointer, "This number is not finite."))
        elif isinstance(current, int) and abs(current) >= MAX_NUMBER:
            errors.append((pointer, "This number is too large."))
        elif isinstance(current, str) and not _is_text(current):
            errors.append((pointer, "This text holds a character that can't be stored."))
    return sorted(errors) or [("", "This holds a value that JSON doesn't know.")]


def _long_list(length: int) -> str:
    return f"The list has {length:,} entries; the limit is {MAX_ENTRIES:,}."


def _is_text(text: str) -> bool:
    """No NUL (PostgreSQL can't keep it) and no lone surrogate (UTF-8 can't say it)."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FactsError(
            f"The report is not UTF-8 text (byte {error.start + 1:,} is not); save it as UTF-8."
        ) from None


def _check_nesting(text: str) -> None:
    """Count brackets outside strings: no recursion, whatever the input."""
    depth = deepest = 0
    outside = _STRING.sub(b"", text.encode("utf-8", "surrogatepass"))
    for byte in outside.translate(None, _NOT_BRACKETS):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    if deepest > MAX_DEPTH:
        raise FactsError(f"The report is nested {deepest:,} levels deep; the limit is {MAX_DEPTH}.")


def _refuse_constant(name: str) -> NoReturn:
    raise FactsError(f"{name} is not a JSON number; leave the field out where a value is unknown.")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen = set[str]()
    for key, _ in pairs:
        if key in seen:
            raise FactsError(f"The key {key[:80]!r} appears twice in one object; say it once.")
        seen.add(key)
    return found
