"""What an expression means before it runs: types, fact paths, names that do not exist."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cel

from .bounds import MAX_REGEX, MAX_REPEAT
from .errors import ExpressionError
from .parser import LOOPS
from .tree import Binary, Call, Choice, Field, ListOf, Literal, Logic, Loop, Name, Node, Unary
from .types import ANY, BOOL, NUMBER, TEXT, Type, list_of, sections

#: name → (types of the arguments, type of the result); the engine has all of them.
FUNCTIONS: dict[str, tuple[tuple[str, ...], Type]] = {
    "size": (("list",), NUMBER),
    "contains": (("text", "text"), BOOL),
    "startsWith": (("text", "text"), BOOL),
    "endsWith": (("text", "text"), BOOL),
    "matches": (("text", "text"), BOOL),
    "int": (("number",), NUMBER),
    "double": (("number",), NUMBER),
}

#: What sentences may use beside those; patterns may not.
SENTENCE_FUNCTIONS: dict[str, tuple[tuple[str, ...], Type]] = {
    "min": (("list",), ANY),
    "max": (("list",), ANY),
    "distinct": (("list",), list_of(ANY)),
    "days": (("number",), TEXT),
    "string": (("scalar",), TEXT),
    "known": (("scalar", "scalar"), ANY),
}

_SHORTHAND = re.compile(r"(?<!\\)(?:\\\\)*(\\[A-Za-z0-9])")
_FREE_STANDING = {"size", "int", "double", *SENTENCE_FUNCTIONS}
_METHODS = {"size", "contains", "startsWith", "endsWith", "matches"}


@dataclass(slots=True)
class Meaning:
    """What checking found out.  ``paths`` are fact paths, list entries written ``[]``."""

    types: dict[int, Type] = field(default_factory=dict)
    at: dict[int, str] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    thresholds: list[Name] = field(default_factory=list)
    nesting: int = 0
    loose: bool = False  # reads facts without a declared type


def check(
    tree: Node, text: str, thresholds: Mapping[str, Type], *, sentence: bool = False
) -> Meaning:
    """The meaning of ``tree``, or ``ExpressionError`` at the first thing that can't be."""
    checker = _Checker(text, thresholds, sentence)
    checker.look(tree)
    return checker.meaning


def suggestion(word: str, known: Iterable[str]) -> str:
    """A closing question naming the nearest known word, or nothing."""
    names = list(known)
    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{lowered[close[0]]}`?"
    return ""


class _Checker:
    def __init__(self, text: str, thresholds: Mapping[str, Type], sentence: bool) -> None:
        self.text = text
        self.thresholds = thresholds
        self.sentence = sentence
        self.meaning = Meaning()
        self.variables: dict[str, tuple[Type, str]] = {}
        self.depth = 0

    def error(self, message: str, node: Node) -> ExpressionError:
        return ExpressionError(message, self.text, node.position)

    def look(self, node: Node) -> Type:
        """The type of ``node``; notes paths on the way."""
        method = getattr(self, f"_{type(node).__name__.lower()}")
        found: Type = method(node)
        self.meaning.types[id(node)] = found
        path = self.meaning.at.get(id(node))
        if path is not None and found.kind == "any":
            self.meaning.loose = True
        return found

    def value(self, node: Node) -> Type:
        """The type of a node whose value is used: its path, if any, counts as read."""
        found = self.look(node)
        path = self.meaning.at.get(id(node))
        if path is not None:
            self.meaning.paths.add(path)
        return found

    def want(self, node: Node, kind: str, where: str) -> Type:
        return self.must_be(kind, self.value(node), node, where)

    def must_be(self, kind: str, found: Type, node: Node, where: str) -> Type:
        if found.kind not in (kind, "any"):
            wanted = Type(kind).said()
            raise self.error(f"{where} wants {wanted}; this is {found.said()}.", node)
        return found

    # -- leaves -----------------------------------------------------------------------------

    def _literal(self, node: Literal) -> Type:
        if isinstance(node.value, bool):
            return BOOL
        return TEXT if isinstance(node.value, str) else NUMBER

    def _listof(self, node: ListOf) -> Type:
        kinds = [self.value(item) for item in node.items]
        for item, kind in zip(node.items, kinds, strict=True):
            if kind.kind not in ("bool", "number", "text", "any"):
                raise self.error(f"A list here holds plain values; this is {kind.said()}.", item)
            if kinds[0].kind != kind.kind and "any" not in (kind.kind, kinds[0].kind):
                raise self.error(
                    f"The list starts with {kinds[0].said()}, this is {kind.said()}.", item
                )
        return list_of(kinds[0] if kinds else ANY)

    def _name(self, node: Name) -> Type:
        if node.name in self.variables:
            found, path = self.variables[node.name]
            if path:
                self.meaning.at[id(node)] = path
            return found
        if node.name in self.thresholds:
            self.meaning.thresholds.append(node)
            return self.thresholds[node.name]
        if node.name in sections():
            self.meaning.at[id(node)] = node.name
            return sections()[node.name]
        known = [*self.variables, *self.thresholds, *sections()]
        raise self.error(
            f"There is no section or threshold `{node.name}`{suggestion(node.name, known)}", node
        )

    def _field(self, node: Field) -> Type:
        base = self.look(node.base)
        path = self.meaning.at.get(id(node.base))
        if path is None:
            raise self.error(f"A field can't be asked of {base.said()} made here.", node)
        if base.kind == "struct":
            if node.name not in base.fields:
                hint = suggestion(node.name, base.fields)
                raise self.error(f"`{path}` has no field `{node.name}`{hint}", node)
            found = base.fields[node.name]
        elif base.kind == "map" and base.element is not None:
            found = base.element
        elif base.kind == "any":
            found = ANY
        elif base.kind == "list":
            raise self.error(
                f"`{path}` is a list: ask exists(x, x.{node.name} …) or all(x, …) of it.", node
            )
        else:
            raise self.error(f"`{path}` is {base.said()}; it has no fields.", node)
        self.meaning.at[id(node)] = f"{path}.{node.name}"
        return found

    # -- operators --------------------------------------------------------------------------

    def _unary(self, node: Unary) -> Type:
        if node.op == "!":
            self.want(node.operand, "bool", "!")
            return BOOL
        self.want(node.operand, "number", "-")
        return NUMBER

    def _logic(self, node: Logic) -> Type:
        for part in node.parts:
            self.want(part, "bool", node.op)
        return BOOL

    def _choice(self, node: Choice) -> Type:
        self.want(node.condition, "bool", "The question before ?")
        yes, no = self.value(node.yes), self.value(node.no)
        if yes.kind != no.kind and "any" not in (yes.kind, no.kind):
            raise self.error(f"One outcome is {yes.said()}, the other {no.said()}.", node)
        if yes.kind in ("struct", "map"):
            raise self.error("An outcome of ? must be a plain value or a list.", node)
        return yes if no.kind == "any" else no

    def _binary(self, node: Binary) -> Type:
        if node.op in ("==", "!="):
            return self._equality(node)
        if node.op == "in":
            return self._membership(node)
        if node.op == "+":
            return self._sum(node)
        left = self.value(node.left)
        orders = node.op in ("<", "<=", ">", ">=")
        if orders and left.kind == "text":
            raise self.error(
                f'{node.op} orders numbers. Text has no order here ("10" sorts before "9"); '
                "for times use the field that ends in _days.",
                node.left,
            )
        self.must_be("number", left, node.left, node.op)
        self.want(node.right, "number", node.op)
        return BOOL if orders else NUMBER

    def _equality(self, node: Binary) -> Type:
        left, right = self.value(node.left), self.value(node.right)
        for side, kind in ((node.left, left), (node.right, right)):
            if kind.kind in ("list", "struct", "map"):
                raise self.error(
                    f"{node.op} compares plain values; this is {kind.said()}. For an empty list "
                    "ask size() == 0.",
                    side,
                )
        if left.kind != right.kind and "any" not in (left.kind, right.kind):
            raise self.error(
                f"This compares {left.said()} with {right.said()}, which are never equal.", node
            )
        return BOOL

    def _membership(self, node: Binary) -> Type:
        left, right = self.value(node.left), self.value(node.right)
        if right.kind not in ("list", "any"):
            raise self.error(f"`in` looks into a list; this is {right.said()}.", node.right)
        if left.kind not in ("bool", "number", "text", "any"):
            raise self.error(f"`in` looks for a plain value; this is {left.said()}.", node.left)
        inner = right.element.kind if right.element is not None else "any"
        if inner != left.kind and "any" not in (inner, left.kind):
            raise self.error(f"This looks for {left.said()} in {right.said()}.", node)
        return BOOL

    def _sum(self, node: Binary) -> Type:
        left = self.value(node.left)
        if left.kind in ("text", "number"):
            self.want(node.right, left.kind, "+")
            return left
        if left.kind != "any":
            raise self.error(f"+ joins numbers or texts; this is {left.said()}.", node.left)
        right = self.value(node.right)
        if right.kind not in ("text", "number", "any"):
            raise self.error(f"+ joins numbers or texts; this is {right.said()}.", node.right)
        return right

    # -- functions and loops ----------------------------------------------------------------

    def _call(self, node: Call) -> Type:
        functions = {**FUNCTIONS, **SENTENCE_FUNCTIONS} if self.sentence else FUNCTIONS
        usable = set(functions) & (_METHODS if node.method else _FREE_STANDING)
        if node.function not in usable:
            known = [*usable, *(LOOPS if node.method else ())]
            what = "method" if node.method else "function"
            raise self.error(
                f"There is no {what} `{node.function}`{suggestion(node.function, known)}", node
            )
        wanted, result = functions[node.function]
        if len(node.arguments) != len(wanted):
            count = len(wanted) - node.method
            raise self.error(
                f"`{node.function}` takes {count} value{'' if count == 1 else 's'}.", node
            )
        kinds = [self.value(argument) for argument in node.arguments]
        for argument, kind, want in zip(node.arguments, kinds, wanted, strict=True):
            if kind.kind not in _ACCEPTS[want]:
                raise self.error(f"`{node.function}` can't take {kind.said()}.", argument)
        if node.function == "matches":
            self._regex(node.arguments[1])
        if node.function in ("min", "max") and kinds[0].element is not None:
            return kinds[0].element
        return kinds[1] if node.function == "known" else result

    def _regex(self, node: Node) -> None:
        if not (isinstance(node, Literal) and isinstance(node.value, str)):
            raise self.error("`matches` wants its regular expression written out in quotes.", node)
        if len(node.value) > MAX_REGEX:
            raise self.error(f"A regular expression may have {MAX_REGEX} characters.", node)
        if _repeats(node.value) > MAX_REPEAT:
            raise self.error(
                f"Counted repetitions in a regular expression may multiply to {MAX_REPEAT}.", node
            )
        if (found := _SHORTHAND.search(node.value)) is not None:
            # Each stands for thousands of characters and makes the engine's compilation slow.
            raise self.error(
                f"Write {found.group(1)} as a class in brackets, such as [0-9] or [A-Za-z_].", node
            )
        try:
            cel.compile("s.matches(r)").execute({"s": "", "r": node.value})
        except Exception as problem:
            reason = str(problem).rstrip().split("error: ")[-1].split(". Check function")[0]
            raise self.error(f"This is not a regular expression: {reason}.", node) from None

    def _loop(self, node: Loop) -> Type:
        source = self.value(node.source)
        if source.kind not in ("list", "any"):
            raise self.error(f"`{node.kind}` goes through a list; this is {source.said()}.", node)
        if (
            node.variable in sections()
            or node.variable in self.thresholds
            or node.variable in self.variables
        ):
            raise self.error(
                f"`{node.variable}` has a meaning already; name the entry otherwise.", node
            )
        path = self._entry_path(node.source)
        entry = source.element if source.element is not None else ANY
        self.variables[node.variable] = (entry, path)
        self.depth += 1
        self.meaning.nesting = max(self.meaning.nesting, self.depth)
        result = self._loop_result(node, source)
        self.depth -= 1
        del self.variables[node.variable]
        return result

    def _loop_result(self, node: Loop, source: Type) -> Type:
        if node.kind == "map":
            body = self.value(node.body)
            return list_of(body)
        self.want(node.body, "bool", f"`{node.kind}`")
        if node.kind == "filter":
            return source if source.kind == "list" else list_of(ANY)
        return BOOL

    def _entry_path(self, source: Node) -> str:
        """The path of the entries a loop goes through, or "" when they are made here."""
        path = self.meaning.at.get(id(source))
        if path is not None:
            return f"{path}[]"
        if isinstance(source, Loop) and source.kind == "filter":
            return self._entry_path(source.source)
        if isinstance(source, Loop) and source.kind == "map":
            return self.meaning.at.get(id(source.body), "")
        return ""


_ACCEPTS = {
    "text": {"text", "any"},
    "number": {"number", "any"},
    "list": {"list", "any"},
    "scalar": {"bool", "number", "text", "any"},
}


def _repeats(pattern: str) -> float:
    """The product of all counted repetitions: what a regex is blown up to when compiled."""
    product: float = 1
    for piece in pattern.split("{")[1:]:
        count = piece.split("}")[0].split(",")
        numbers = [int(n) if len(n) < 6 else math.inf for n in count if n.strip().isdigit()]
        product *= max([1, *numbers])
    return product


def describe(value: Any) -> str:
    """A value's type in words, for messages at run time."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a group of fields"
