"""YAML text to checked models. Every problem is found in one go and says file, line, column, and what would be right.

YAML is read as text first: a phone number stays as it was written, ``yes`` is a word, and only fields of type number or
boolean convert it. Tags, duplicate keys and aliases that expand without bound are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mockbw.documents.explanations import KEY, explain
from mockbw.documents.values import Text
from mockbw.errors import Problem

__all__ = ["MAX_PROBLEMS", "Checked", "Located", "Position", "check", "load_documents", "problem_at"]

MAX_BYTES = 1_000_000


MAX_NODES = 20_000


MAX_DEPTH = 50


MAX_PROBLEMS = 100
"""How many problems of a file are explained: a hint compares words, which takes time."""


Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Located:
    """JSON-like data together with the position of each key and value in the file."""

    value: Any
    keys: dict[tuple[str | int, ...], Position] = field(default_factory=dict)
    values: dict[tuple[str | int, ...], Position] = field(default_factory=dict)

    def find(self, path: Iterable[str | int]) -> tuple[Position, bool]:
        """Return the position of the deepest part of ``path`` that exists, and whether all of it exists.

        Parts that are not in the data (the tags of unions) are skipped.
        """
        here: tuple[str | int, ...] = ()
        missed = False
        for part in path:
            if (*here, part) in self.values:
                here, missed = (*here, part), False
            else:
                missed = not (isinstance(part, str) and part.startswith("<"))
        return self.values.get(here, Position(1, 1)), not missed

    def find_key(self, path: Iterable[str | int]) -> Position:
        """Return the position of the key that ``path`` ends with, or of the deepest value above it."""
        present = tuple(part for part in path if not (isinstance(part, str) and part.startswith("<")))
        return self.keys.get(present) or self.find(present)[0]


_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The line breaks of YAML."""


def problem_at(file: str, text: str, position: Position, message: str, hint: str = "") -> Problem:
    """Return the problem with its line; one past the end of the text is shown at the end of the last line."""
    lines = _lines_of(text)
    if position.line > len(lines):
        position = Position(len(lines), len(lines[-1]) + 1)
    return Problem(file, position.line, position.column, message, hint, lines[position.line - 1][:200])


@lru_cache(maxsize=1)  # every problem of a file needs a line of it
def _lines_of(text: str) -> list[str]:
    return _LINE_BREAK.split(text.removesuffix("\n"))


class _DocumentError(Exception):
    def __init__(self, position: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.position, self.message, self.hint = position, message, hint


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


_NULL = frozenset({"", "~", "null", "Null", "NULL"})


_INT = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)


_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)


def _evident(written: str) -> Any:
    """Return the value of a plain scalar where any JSON is allowed: the words of YAML 1.2, and numbers as in JSON."""
    if written in ("true", "True", "TRUE"):
        return True
    if written in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(written) and len(written) < 19:
        return int(written)
    if _FLOAT.fullmatch(written) and len(written) < 30:
        return float(written)
    return written


class _Converter:
    """Converts one document's nodes to data, recording the position of everything."""

    def __init__(self) -> None:
        self.located = Located(None)
        self._nodes = 0

    def convert(self, node: yaml.Node, path: tuple[str | int, ...] = ()) -> Any:
        position = _position(node.start_mark)
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _DocumentError(position, "the document becomes too large here", "Use fewer aliases, or split it")
        self.located.values[path] = position
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, position)
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _DocumentError(position, f"the tag {_shown(node.tag)} is not supported", "Remove it")
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    @staticmethod
    def _scalar(node: yaml.ScalarNode, position: Position) -> Any:
        if node.tag not in ("tag:yaml.org,2002:str", "!"):
            raise _DocumentError(position, f"the tag {_shown(node.tag)} is not supported", "Remove it")
        if any(0xD800 <= ord(character) <= 0xDFFF for character in node.value):
            raise _DocumentError(position, "half of a surrogate pair is not a valid character", "Write the character itself")
        if not node.style:
            return None if node.value in _NULL else Text(node.value, _evident(node.value))
        return Text(node.value, node.value)

    def _mapping(self, node: yaml.Node, path: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            position = _position(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise _DocumentError(position, "a key must be a word", "Remove the brackets or the question mark")
            key = key_node.value
            if key == "<<":
                raise _DocumentError(position, "merge keys (<<) are not supported", "Write the keys out")
            if key in result:
                first = self.located.keys[*path, key].line
                raise _DocumentError(position, f"duplicate key {key!r}", f"It is already in line {first}")
            self.located.keys[*path, key] = position
            result[key] = self.convert(value_node, (*path, key))
        return result


def _shown(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _is_empty(node: yaml.Node | None) -> bool:
    return node is None or (isinstance(node, yaml.ScalarNode) and not node.style and not node.value)


def load_documents(text: str, file: str) -> tuple[list[Located], list[Problem]]:
    """Read every YAML document of ``text``; the problems are those of YAML itself, not of any model."""
    documents: list[Located] = []
    if len(text) > MAX_BYTES:
        return documents, [problem_at(file, text, Position(1, 1), "the file is larger than 1 MB", "Split it")]
    try:
        for node in yaml.compose_all(text, Loader):
            if _is_empty(node):
                continue
            converter = _Converter()
            converter.located.value = converter.convert(node)
            documents.append(converter.located)
    except _DocumentError as error:
        return documents, [problem_at(file, text, error.position, error.message, error.hint)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = _position(mark) if mark else Position(1, 1)
        message = error.problem or "it cannot be read"
        problem = problem_at(file, text, position, f"not YAML: {message}")
        return documents, [replace(problem, hint=_yaml_hint(error, problem))]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "nested too deeply"
        return documents, [problem_at(file, text, Position(1, 1), f"not YAML: {reason}")]
    return documents, []


def _yaml_hint(error: yaml.MarkedYAMLError, problem: Problem) -> str:
    if "\\t" in problem.message or "\t" in problem.excerpt[: problem.column]:
        return "YAML does not allow tabs for indentation: use spaces"
    if "mapping values are not allowed" in problem.message:
        return "A text with a colon needs quotes"
    if error.context is not None and "flow" in error.context and error.context_mark is not None:
        opened = _position(error.context_mark)
        return f"The bracket that opens at {opened.line}:{opened.column} is not closed"
    return ""


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Checked(Generic[Model]):
    """A validated document: the model, or None and the problems; ``more`` counts those that are not explained."""

    model: Model | None
    problems: list[Problem]
    more: int = 0


def check(
    model: type[Model],
    located: Located,
    file: str,
    text: str,
    context: Mapping[str, Any] | None = None,
    most: int = MAX_PROBLEMS,
) -> Checked[Model]:
    """Validate one document against a model; ``most`` problems have a position, and a hint if there is one.

    Validators may read the ``context``.
    """
    if not isinstance(located.value, dict):
        position, _ = located.find(())
        return Checked(None, [problem_at(file, text, position, "a document must be a mapping", "Start with `name: …`")])
    try:
        return Checked(model.model_validate(located.value, context=context), [])
    except ValidationError as error:
        problems = []
        details = error.errors(include_url=False)
        for detail in details[:most]:
            path = tuple(detail["loc"])
            message, hint = explain(model, detail)
            about_key = detail["type"] == "extra_forbidden" or KEY in path
            position = located.find_key(part for part in path if part != KEY) if about_key else located.find(path)[0]
            problems.append(problem_at(file, text, position, message, hint))
        ordered = sorted(set(problems), key=lambda problem: (problem.line, problem.column))
        return Checked(None, ordered, max(0, len(details) - most))
