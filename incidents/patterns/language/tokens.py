"""Expression text to tokens: the part of CEL's lexis that patterns use."""

import re
from dataclasses import dataclass
from typing import Any

from .bounds import MAX_STRING
from .errors import ExpressionError

#: Words CEL keeps for itself or for later; none may name a thing.
RESERVED = frozenset(
    "as break const continue else for function if import let loop package namespace return var "  # noqa: SIM905
    "void while".split()
)

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
      | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<hex>0[xX][0-9a-fA-F]+)
      | (?P<int>\d+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<string>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
      | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
INT_MAX = 2**63 - 1


@dataclass(slots=True, frozen=True)
class Token:
    """``kind`` is int, float, name, string, op or end; ``value`` what it stands for."""

    kind: str
    value: Any
    position: int
    end: int


def tokenize(text: str, *, start: int = 0, stop_at: str = "") -> list[Token]:
    """The tokens of ``text`` from ``start``, closed by an ``end`` token.

    Reading ends at the first character of ``stop_at`` outside a string: templates embed
    expressions that way.
    """
    tokens: list[Token] = []
    position = start
    while position < len(text):
        if text[position] in stop_at:
            break
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(_strange(text, position), text, position)
        kind = found.lastgroup
        if kind != "space":
            tokens.append(_token(str(kind), found, text))
        position = found.end()
    tokens.append(Token("end", None, position, position))
    return tokens


def _token(kind: str, found: re.Match[str], text: str) -> Token:
    raw, position, end = found.group(), found.start(), found.end()
    if kind in ("int", "hex"):
        if end < len(text) and text[end] in "uU":
            raise ExpressionError("Write the number without the u.", text, end)
        if len(raw) > 20 or (number := int(raw, 16 if kind == "hex" else 10)) > INT_MAX:
            raise ExpressionError("This number is too large.", text, position)
        return Token("int", number, position, end)
    if kind == "float":
        value = float(raw) if len(raw) <= 40 else float("inf")
        if value == float("inf"):
            raise ExpressionError("This number is too large.", text, position)
        return Token("float", value, position, end)
    if kind == "string":
        if len(raw) > MAX_STRING:
            raise ExpressionError(
                f"This text is longer than {MAX_STRING} characters.", text, position
            )
        return Token("string", _unescape(raw[1:-1], text, position + 1), position, end)
    if kind == "name" and end < len(text) and text[end] in "\"'" and raw in "rRbB":
        message = "Write plain text in quotes, without a letter before it."
        raise ExpressionError(message, text, position)
    return Token(kind, raw, position, end)


def _unescape(body: str, text: str, offset: int) -> str:
    def one(found: re.Match[str]) -> str:
        if found.group(1):
            code = int(found.group(1), 16)
            if not 0xD800 <= code <= 0xDFFF:
                return chr(code)
        elif found.group(2) in _ESCAPES:
            return _ESCAPES[found.group(2)]
        raise ExpressionError(
            f'{found.group()} is not an escape we know; use \\n, \\t, \\\\, \\" or \\u00e9.',
            text,
            offset + found.start(),
        )

    return _ESCAPE.sub(one, body)


def _strange(text: str, position: int) -> str:
    char = text[position]
    if char in "\"'":
        return "This text in quotes never ends."
    if char == "=":
        return "Compare with == (two signs)."
    if char == "&":
        return "Write && for and."
    if char == "|":
        return "Write || for or."
    if char in "{}":
        return "Maps in braces are not part of the language."
    return f"{char!r} means nothing here."
