"""Operators and functions over values that may be unknown, partly known or wrong."""

import math
import operator
from collections.abc import Callable
from typing import Any

import cel

from .check import describe
from .tree import Literal, Node
from .values import Between, Fault, Partial, Unknown, cause_of, merge

INT_LOW, INT_HIGH = -(2**63), 2**63 - 1


def open_(*values: Any) -> Fault | Unknown | None:
    """What keeps these values from being worked with: a fault first, then what is unknown."""
    causes = []
    for value in values:
        if isinstance(value, Fault):
            return value
        if (cause := cause_of(value)) is not None:
            causes.append(cause)
    return merge(causes) if causes else None


def not_(value: Any) -> Any:
    if value is True or value is False:
        return not value
    return open_(value) or Fault("! wants true or false")


def negative(value: Any) -> Any:
    if (held := open_(value)) is not None:
        return held
    if _is_number(value):
        return _number(-value)
    return Fault(f"- wants a number, not {describe(value)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: float) -> Any:
    if isinstance(value, int):
        return value if INT_LOW <= value <= INT_HIGH else Fault("the number grows too large")
    return value if math.isfinite(value) else Fault("the number grows too large")


_NUMBERS = frozenset((int, float))
_ALIKE = frozenset((str, int, float, bool))


def _family(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "other"


def equal(left: Any, right: Any) -> Any:
    if type(left) is type(right) and type(left) in _ALIKE:
        return left == right
    if isinstance(left, Between) or isinstance(right, Between):
        return _bounded(left, right, "==")
    if (held := open_(left, right)) is not None:
        return held
    family = _family(left)
    if family != _family(right) or family == "other":
        return Fault(f"compares {describe(left)} with {describe(right)}")
    return left == right


def unequal(left: Any, right: Any) -> Any:
    return not_(equal(left, right))


def _ordered(sign: str) -> Callable[[Any, Any], Any]:
    compare = _COMPARE[sign]

    def order(left: Any, right: Any) -> Any:
        if type(left) in _NUMBERS and type(right) in _NUMBERS:
            return compare(left, right)
        if isinstance(left, Between) or isinstance(right, Between):
            return _bounded(left, right, sign)
        if (held := open_(left, right)) is not None:
            return held
        if not (_is_number(left) and _is_number(right)):
            return Fault(f"{sign} orders numbers, not {describe(left)} and {describe(right)}")
        return compare(left, right)

    return order


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def _bounded(left: Any, right: Any, sign: str) -> Any:
    """A comparison where a side is a number within bounds: decided when all of them agree."""
    ends: list[tuple[Any, Any]] = []
    for side in (left, right):
        if isinstance(side, Between):
            ends.append((side.low, side.high))
        elif isinstance(side, (Fault, Unknown)):
            return side
        elif _is_number(side):
            ends.append((side, side))
        else:
            return Fault(f"compares a number with {describe(side)}")
    (low_a, high_a), (low_b, high_b) = ends
    cause = open_(left, right)
    if sign == "==":
        return False if high_a < low_b or high_b < low_a else cause
    compare = _COMPARE[sign]
    outcomes = {compare(low_a, high_b), compare(high_a, low_b)}
    return outcomes.pop() if len(outcomes) == 1 else cause


def member(left: Any, right: Any) -> Any:
    if isinstance(right, (Fault, Unknown)):
        return right
    if isinstance(left, Fault):
        return left
    sure = right.sure if isinstance(right, Partial) else right
    if not isinstance(sure, list):
        return Fault(f"in looks into a list, not {describe(right)}")
    if isinstance(left, (Unknown, Between)):
        return False if not sure and not isinstance(right, Partial) else open_(left)
    if type(right) is list and {type(left), *map(type, right)} == {str}:
        return left in right
    answers = [_same(left, item) for item in sure]
    if True in [answer is True for answer in answers]:
        return True
    causes = [answer for answer in answers if isinstance(answer, Unknown)]
    if isinstance(right, Partial) and any(_same(left, item) is not False for item in right.perhaps):
        causes.append(right.cause)
    if causes:
        return merge(causes)
    return next((answer for answer in answers if isinstance(answer, Fault)), False)


def _same(left: Any, item: Any) -> Any:
    return equal(left, item)


def add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return _arithmetic("+", left, right)


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    if (held := open_(left, right)) is not None:
        return held
    if not (_is_number(left) and _is_number(right)):
        return Fault(f"{sign} can't join {describe(left)} and {describe(right)}")
    if sign in "/%" and right == 0:
        return Fault("division by zero")
    try:
        return _number(_ARITHMETIC[sign](left, right))
    except OverflowError:
        return Fault("the number grows too large")


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _rest(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return math.fmod(left, right)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _rest,
}


def _calculation(sign: str) -> Callable[[Any, Any], Any]:
    return lambda left, right: _arithmetic(sign, left, right)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": unequal,
    "in": member,
    **{sign: _ordered(sign) for sign in ("<", "<=", ">", ">=")},
    **{sign: _calculation(sign) for sign in ("-", "*", "/", "%")},
}


# -- functions ----------------------------------------------------------------------------------


def size(value: Any) -> Any:
    if isinstance(value, Partial):
        return Between(len(value.sure), len(value.sure) + len(value.perhaps), value.cause)
    if (held := open_(value)) is not None:
        return held
    if isinstance(value, list):
        return len(value)
    return Fault(f"size counts lists, not {describe(value)}")


def call(function: str, arguments: list[Node]) -> Callable[[list[Any]], Any]:
    """The function of that name over a list of values."""
    if function == "matches":
        return _matches(arguments[1])
    if function in _LENIENT:
        return _LENIENT[function]
    plain = _PLAIN[function]

    def strict(values: list[Any]) -> Any:
        if (held := open_(*values)) is not None:
            return held
        try:
            return plain(*values)
        except (TypeError, ValueError, AttributeError, OverflowError):
            return Fault(f"{function} can't work on {describe(values[0])}")

    return strict


def _matches(pattern: Node) -> Callable[[list[Any]], Any]:
    """Regular expressions run in the native engine, whose regexes can't backtrack."""
    if not isinstance(pattern, Literal):
        raise TypeError("matches wants a literal")
    program = cel.compile("s.matches(r)")
    regex = pattern.value

    def matches(values: list[Any]) -> Any:
        if (held := open_(*values)) is not None:
            return held
        if not isinstance(values[0], str):
            return Fault(f"matches can't work on {describe(values[0])}")
        return program.execute({"s": values[0], "r": regex})

    return matches


def _texts(test: Callable[[str, str], bool]) -> Callable[[Any, Any], Any]:
    def both(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return test(left, right)
        return Fault("this works on text only")

    return both


def _whole(value: Any) -> Any:
    return _number(int(value)) if _is_number(value) else Fault("int wants a number")


def _days(value: float) -> str:
    count = int(value)
    return f"{count:,} day" if abs(count) == 1 else f"{count:,} days"


def spoken(value: Any) -> str:
    """A plain value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,}" if isinstance(value, int) else str(value)


_PLAIN: dict[str, Callable[..., Any]] = {
    "contains": _texts(lambda text, part: part in text),
    "startsWith": _texts(str.startswith),
    "endsWith": _texts(str.endswith),
    "int": _whole,
    "double": lambda value: float(value) if _is_number(value) else Fault("double wants a number"),
    "days": _days,
    "string": spoken,
}


def _plain_entries(value: Any) -> Any:
    """The entries of a list that are known."""
    if isinstance(value, Partial):
        value = value.sure
    if not isinstance(value, list):
        return open_(value) or Fault("this wants a list")
    return [item for item in value if not isinstance(item, (Unknown, Fault))]


def _extreme(pick: Callable[[Any], Any]) -> Callable[[list[Any]], Any]:
    def extreme(values: list[Any]) -> Any:
        entries = _plain_entries(values[0])
        if not isinstance(entries, list):
            return entries
        numbers = [entry for entry in entries if _is_number(entry)]
        return pick(numbers) if numbers else Unknown(())

    return extreme


def _distinct(values: list[Any]) -> Any:
    entries = _plain_entries(values[0])
    if not isinstance(entries, list):
        return entries
    return list(dict.fromkeys(entry for entry in entries if not isinstance(entry, (list, dict))))


def _known(values: list[Any]) -> Any:
    first = values[0]
    return values[1] if isinstance(first, (Unknown, Fault, Partial, Between)) else first


#: Functions of sentences, which make do with what is known.
_LENIENT: dict[str, Callable[[list[Any]], Any]] = {
    "min": _extreme(min),
    "max": _extreme(max),
    "distinct": _distinct,
    "known": _known,
}
