"""YAML text to plain data, with the line of every value: safe, bounded, and without surprises.

YAML's 1.2 core schema: ``on``, ``no`` and ``12:30`` are text, and so are dates.  Anchors,
aliases, merge keys, tags and repeated keys are refused.
"""

import math
import re
from typing import Any

import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_VALUES = 5_000

Lines = dict[str, int]


class YamlProblem(ValueError):
    """The text can't be read: ``message`` says why, ``line`` (from 1) where."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def read(text: str) -> tuple[Any, Lines]:
    """The data in ``text``, and JSON pointer → line.  Raises ``YamlProblem``."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise YamlProblem(f"The text has {size:,} bytes; the limit is {MAX_BYTES:,}.", None)
    reader = _Reader()
    try:
        _bounded(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else None
        raise YamlProblem(
            f"This is not YAML: {problem.problem or problem.context}.", line
        ) from None
    except yaml.YAMLError as problem:
        raise YamlProblem(f"This is not YAML: {str(problem).splitlines()[0]}.", None) from None
    if node is None:
        raise YamlProblem("There is nothing here yet.", None)
    return reader.value(node, ""), reader.lines


def _bounded(text: str) -> None:
    """Walk the events first: nothing is built, nothing recurses, whatever the text is."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        values += isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlProblem("Anchors and aliases (& and *) are not taken; write it out.", line)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise YamlProblem(f"The tag {tag} is not taken.", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise YamlProblem(f"Nested deeper than {MAX_DEPTH} levels.", line)
        if values > MAX_VALUES:
            raise YamlProblem(f"More than {MAX_VALUES:,} values.", line)


_INT = re.compile(r"[-+]?\d{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\d{1,30}\.\d{0,30}|\.\d{1,30}|\d{1,30}(?=[eE]))([eE][-+]?\d{1,3})?\Z")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_WORDS |= {word.capitalize(): value for word, value in _WORDS.items() if word.isalpha()}


class _Reader:
    def __init__(self) -> None:
        self.lines: Lines = {}

    def value(self, node: yaml.Node, pointer: str) -> Any:
        self.lines[pointer] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, pointer)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{pointer}/{n}") for n, item in enumerate(node.value)]
        return _scalar(node)

    def mapping(self, node: yaml.MappingNode, pointer: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlProblem("A key must be a plain word.", line)
            key = str(key_node.value)
            if key in found:
                raise YamlProblem(f"`{key}` stands here twice.", line)
            below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            found[key] = self.value(value_node, below)
            self.lines[below] = line
        return found


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text) and math.isfinite(float(text)):
        return float(text)
    return text


class _Dumper(yaml.SafeDumper):
    """Readable and stable: the order given, long texts as blocks, facts on one line."""


class Flow(dict[str, Any]):
    """A mapping written in braces on one line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _flow(dumper: yaml.SafeDumper, value: Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Flow, _flow)
_Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign,assignment]


def write(data: Any) -> str:
    """Plain data as YAML that ``read`` gives back the same."""
    return str(
        yaml.dump(
            data,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=100,
            default_flow_style=False,
        )
    )
