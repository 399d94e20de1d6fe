"""Tokens to tree: operator precedence as in the CEL specification, bounded in size and depth."""

from collections.abc import Callable, Iterable

from .bounds import MAX_COMPREHENSIONS, MAX_DEPTH, MAX_LIST, MAX_NESTING, MAX_TEXT
from .errors import ExpressionError
from .tokens import RESERVED, Token, tokenize
from .tree import Binary, Call, Choice, Field, ListOf, Literal, Logic, Loop, Name, Node, Unary

LOOPS = ("exists", "all", "exists_one", "filter", "map")
Part = Callable[[], Node]
_RELATIONS = {"==", "!=", "<", "<=", ">", ">=", "in"}
_SUMS = {"+", "-"}
_PRODUCTS = {"*", "/", "%"}


def parse(text: str, *, start: int = 0, stop_at: str = "") -> tuple[Node, int]:
    """The tree of the expression in ``text`` from ``start``, and where it ended.

    Raises ``ExpressionError``.
    """
    if not stop_at and len(text) > MAX_TEXT:
        raise ExpressionError(
            f"The expression has {len(text):,} characters; the limit is {MAX_TEXT:,}.",
            text,
            MAX_TEXT,
        )
    parser = _Parser(text, tokenize(text, start=start, stop_at=stop_at))
    tree = parser.choice()
    end = parser.now
    if end.kind != "end":
        raise parser.error("The expression should end here, or go on with an operator.", end)
    return tree, end.position


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.index = 0
        self.depth = 0
        self.loops = 0
        self.nesting = 0

    # -- moving along -----------------------------------------------------------------------

    @property
    def now(self) -> Token:
        return self.tokens[self.index]

    def error(self, message: str, token: Token | None = None) -> ExpressionError:
        return ExpressionError(message, self.text, (token or self.now).position)

    def at(self, *values: str) -> bool:
        return self.now.kind in ("op", "name") and self.now.value in values

    def take(self) -> Token:
        token = self.now
        self.index += 1
        return token

    def expect(self, value: str, why: str) -> Token:
        if not (self.now.kind == "op" and self.now.value == value):
            raise self.error(f"Expected {value} {why}.")
        return self.take()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"The expression is nested deeper than {MAX_DEPTH} levels.")

    # -- operators, loosest first -----------------------------------------------------------

    def choice(self) -> Node:
        self.deeper()
        condition = self.logic("||")
        if self.now.kind == "op" and self.now.value == "?":
            position = self.take().position
            yes = self.logic("||")
            self.expect(":", "between the two outcomes of ?")
            condition = Choice(position, condition, yes, self.choice())
        self.depth -= 1
        return condition

    def logic(self, op: str) -> Node:
        part: Part = (lambda: self.logic("&&")) if op == "||" else self.relation
        first = part()
        if not self.at(op):
            return first
        position, parts = self.now.position, [first]
        while self.at(op):
            self.take()
            parts.append(part())
        return Logic(position, op, parts)

    def relation(self) -> Node:
        left = self.run(_SUMS)
        if self.at(*_RELATIONS):
            token = self.take()
            left = Binary(token.position, token.value, left, self.run(_SUMS))
            if self.at(*_RELATIONS):
                raise self.error("Join comparisons with && or put one in parentheses.")
        return left

    def run(self, ops: Iterable[str]) -> Node:
        """A run of one precedence, to the left: each link is a level of the tree."""
        part: Part = (lambda: self.run(_PRODUCTS)) if ops is _SUMS else self.unary
        left, before = part(), self.depth
        while self.now.kind == "op" and self.now.value in ops:
            token = self.take()
            self.deeper()
            left = Binary(token.position, token.value, left, part())
        self.depth = before
        return left

    def unary(self) -> Node:
        if self.at("!", "-"):
            token = self.take()
            if token.value == "-" and self.now.kind in ("int", "float"):
                number = self.take()
                return self.tail(Literal(token.position, -number.value))
            self.deeper()
            operand = self.unary()
            self.depth -= 1
            return Unary(token.position, token.value, operand)
        return self.tail(self.primary())

    # -- what stands by itself --------------------------------------------------------------

    def primary(self) -> Node:
        token = self.take()
        if token.kind in ("int", "float", "string"):
            return Literal(token.position, token.value)
        if token.kind == "op" and token.value == "(":
            inner = self.choice()
            self.expect(")", "to close the parenthesis")
            return inner
        if token.kind == "op" and token.value == "[":
            items = self.several("]", "to close the list")
            if len(items) > MAX_LIST:
                raise self.error(f"A list may have {MAX_LIST} entries.", token)
            return ListOf(token.position, items)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "end":
            self.index -= 1
            raise self.error("The expression ends too early.", token)
        raise self.error(f"{token.value} can't stand here.", token)

    def named(self, token: Token) -> Node:
        if token.value in ("true", "false"):
            return Literal(token.position, token.value == "true")
        if token.value == "null":
            raise self.error(
                "There is no null: an absent fact gives the verdict unknown by itself.", token
            )
        if token.value in RESERVED or token.value == "in":
            raise self.error(f"{token.value} is a word of the language itself.", token)
        if not self.at("("):
            return Name(token.position, token.value)
        self.refuse_has(token)
        self.take()
        return Call(token.position, token.value, self.several(")", "to close the call"), False)

    def refuse_has(self, token: Token) -> None:
        if token.value == "has":
            raise self.error(
                "There is no has(): knowing less must never look like another answer.", token
            )

    def several(self, closing: str, why: str) -> list[Node]:
        items: list[Node] = []
        while not self.at(closing):
            items.append(self.choice())
            if not self.at(","):
                break
            self.take()
        self.expect(closing, why)
        return items

    def tail(self, node: Node) -> Node:
        """Fields, methods and loops behind a value; each is a level of the tree."""
        before = self.depth
        while self.at(".", "["):
            self.deeper()
            node = self.step(node) if self.take().value == "." else self.key(node)
        self.depth = before
        return node

    def key(self, node: Node) -> Node:
        token = self.take()
        if token.kind != "string":
            raise self.error(
                "Lists have no order here, so no numbered entries: use exists, all or filter.",
                token,
            )
        self.expect("]", "to close the key")
        return Field(token.position, node, token.value)

    def step(self, node: Node) -> Node:
        token = self.take()
        if token.kind != "name":
            raise self.error("A field name belongs behind the dot.", token)
        if not self.at("("):
            return Field(token.position, node, token.value)
        self.refuse_has(token)
        self.take()
        if token.value in LOOPS:
            return self.loop(node, token)
        arguments = [node, *self.several(")", "to close the call")]
        return Call(token.position, token.value, arguments, True)

    def loop(self, source: Node, token: Token) -> Node:
        variable = self.take()
        if variable.kind != "name" or variable.value in RESERVED | {"true", "false", "null", "in"}:
            raise self.error(f"{token.value} wants a name first: {token.value}(x, …).", variable)
        self.expect(",", f"behind the name in {token.value}")
        self.loops += 1
        self.nesting += 1
        if self.loops > MAX_COMPREHENSIONS:
            raise self.error(f"More than {MAX_COMPREHENSIONS} loops in one expression.", token)
        if self.nesting > MAX_NESTING:
            raise self.error(f"Loops may be nested {MAX_NESTING} deep.", token)
        body = self.choice()
        self.nesting -= 1
        self.expect(")", f"to close {token.value}")
        return Loop(token.position, token.value, source, variable.value, body)
