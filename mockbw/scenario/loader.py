"""YAML to models. Every problem is found in one go and says file, line, column, and what would be right.

YAML is read as text first: a phone number stays as it was written, ``yes`` is a word, and only fields that want a number or a
truth value make one of it. Tags, duplicate keys and aliases that grow without end are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mockbw.errors import Problem, ScenarioError, nearest
from mockbw.scenario.messages import explain
from mockbw.scenario.schema import Scenario
from mockbw.scenario.values import Text

__all__ = [
    "Located",
    "Position",
    "Source",
    "load_documents",
    "load_files",
    "load_mapping",
    "load_text",
    "read_files",
    "read_text",
    "scenario_files",
]

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 50

Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Located:
    """JSON-like data together with where each key and value stands in the file."""

    value: Any
    keys: dict[tuple[str | int, ...], Position] = field(default_factory=dict)
    values: dict[tuple[str | int, ...], Position] = field(default_factory=dict)

    def find(self, path: Iterable[str | int]) -> tuple[Position, bool]:
        """Return the position of the deepest part of ``path`` that exists, and whether all of it exists.

        Parts that are not in the data (the tags of unions) are passed over.
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


@dataclass(frozen=True, slots=True)
class Source:
    """One scenario and where it was written."""

    scenario: Scenario
    name: str
    file: str
    text: str
    located: Located
    shipped: bool = False

    def problem(self, path: Iterable[str | int], message: str, hint: str = "") -> Problem:
        """Return a problem at the place in the file where ``path`` leads."""
        position, _ = self.located.find(path)
        return _problem(self.file, self.text, position, message, hint)


_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML."""


def _problem(file: str, text: str, position: Position, message: str, hint: str = "") -> Problem:
    """Return the problem with its line; what is missed only at the very end is shown at the end of the last line."""
    lines = _LINE_BREAK.split(text.removesuffix("\n"))
    if position.line > len(lines):
        position = Position(len(lines), len(lines[-1]) + 1)
    return Problem(file, position.line, position.column, message, hint, lines[position.line - 1][:200])


class _TroubleError(Exception):
    def __init__(self, position: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.position, self.message, self.hint = position, message, hint


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_INT = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)


def _evident(written: str) -> Any:
    """Return the value a plain scalar has where any JSON may stand: YAML 1.2 words, and numbers as JSON writes them."""
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
    """Turns one document's nodes into data, noting where everything stands."""

    def __init__(self) -> None:
        self.located = Located(None)
        self._nodes = 0

    def convert(self, node: yaml.Node, path: tuple[str | int, ...] = ()) -> Any:
        position = _position(node.start_mark)
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _TroubleError(position, "the document grows too large here", "Use fewer aliases, or split it")
        self.located.values[path] = position
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, position)
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _TroubleError(position, f"the tag {_shown(node.tag)} has no meaning here", "Leave it out")
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(node, path)

    @staticmethod
    def _scalar(node: yaml.ScalarNode, position: Position) -> Any:
        if node.tag not in ("tag:yaml.org,2002:str", "!"):
            raise _TroubleError(position, f"the tag {_shown(node.tag)} has no meaning here", "Leave it out")
        if any(0xD800 <= ord(character) <= 0xDFFF for character in node.value):
            raise _TroubleError(position, "half of a surrogate pair is no character", "Write the character itself")
        if not node.style:
            return None if node.value in _NULL else Text(node.value, _evident(node.value))
        return Text(node.value, node.value)

    def _mapping(self, node: yaml.Node, path: tuple[str | int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            position = _position(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise _TroubleError(position, "a key must be a word", "Remove the brackets or the question mark")
            key = key_node.value
            if key == "<<":
                raise _TroubleError(position, "merge keys (<<) are not part of this language", "Write the keys out")
            if key in result:
                first = self.located.keys[*path, key].line
                raise _TroubleError(
                    position, f"the key {key!r} stands here a second time", f"It was given in line {first} already"
                )
            self.located.keys[*path, key] = position
            result[key] = self.convert(value_node, (*path, key))
        return result


def _shown(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _is_empty(node: yaml.Node | None) -> bool:
    return node is None or (isinstance(node, yaml.ScalarNode) and not node.style and not node.value)


def load_documents(text: str, file: str) -> tuple[list[Located], list[Problem]]:
    """Read every YAML document of ``text``; the problems are those of YAML itself, not of the scenario language."""
    documents: list[Located] = []
    if len(text) > MAX_BYTES:
        return documents, [_problem(file, text, Position(1, 1), "the file is larger than 1 MB", "Split it")]
    try:
        for node in yaml.compose_all(text, Loader):
            if _is_empty(node):
                continue
            converter = _Converter()
            converter.located.value = converter.convert(node)
            documents.append(converter.located)
    except _TroubleError as trouble:
        return documents, [_problem(file, text, trouble.position, trouble.message, trouble.hint)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = _position(mark) if mark else Position(1, 1)
        message = error.problem or "it cannot be read"
        problem = _problem(file, text, position, f"not YAML: {message}")
        return documents, [replace(problem, hint=_yaml_hint(error, problem))]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "nested too deeply"
        return documents, [_problem(file, text, Position(1, 1), f"not YAML: {reason}")]
    return documents, []


def _yaml_hint(error: yaml.MarkedYAMLError, problem: Problem) -> str:
    if "\\t" in problem.message or "\t" in problem.excerpt[: problem.column]:
        return "YAML does not allow tabs for indentation: use spaces"
    if "mapping values are not allowed" in problem.message:
        return "A text with a colon needs quotes"
    if error.context is not None and "flow" in error.context and error.context_mark is not None:
        began = _position(error.context_mark)
        return f"The bracket that opens at {began.line}:{began.column} is not closed"
    return ""


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Checked(Generic[Model]):
    model: Model | None
    problems: list[Problem]


def check(model: type[Model], located: Located, file: str, text: str) -> _Checked[Model]:
    """Validate one document against a model; every problem gets its place and a hint."""
    if not isinstance(located.value, dict):
        position, _ = located.find(())
        return _Checked(None, [_problem(file, text, position, "a document must be a mapping", "Begin with `name: …`")])
    try:
        return _Checked(model.model_validate(located.value), [])
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            path = tuple(detail["loc"])
            message, hint = explain(model, detail)
            at_key = detail["type"] == "extra_forbidden"
            position = located.find_key(path) if at_key else located.find(path)[0]
            problems.append(_problem(file, text, position, message, hint))
        return _Checked(None, sorted(set(problems), key=lambda problem: (problem.line, problem.column)))


def read_text(text: str, file: str = "<text>", *, shipped: bool = False) -> tuple[list[Source], list[Problem]]:
    """Read every scenario of a YAML text: those that are right, and every problem of the others."""
    documents, problems = load_documents(text, file)
    sources: list[Source] = []
    stem = Path(file).stem if file != "<text>" else "unnamed"
    for number, located in enumerate(documents, 1):
        checked = check(Scenario, located, file, text)
        problems.extend(checked.problems)
        if checked.model is not None:
            default = stem if len(documents) == 1 else f"{stem}-{number}"
            sources.append(Source(checked.model, checked.model.name or default, file, text, located, shipped))
    if not documents and not problems:
        problems.append(_problem(file, text, Position(1, 1), "there is no scenario in this file", "Begin with `name: …`"))
    return sources, problems


def load_text(text: str, file: str = "<text>", *, shipped: bool = False) -> list[Source]:
    """Read every scenario of a YAML text.

    Raises:
        ScenarioError: with every problem of the text.
    """
    sources, problems = read_text(text, file, shipped=shipped)
    problems.extend(_doubled_names(sources))
    if problems:
        raise ScenarioError(problems)
    return sources


def _doubled_names(sources: list[Source]) -> Iterator[Problem]:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.name, source)
        if first is not source:
            where = f"{first.file}:{first.located.find(())[0].line}"
            yield source.problem(("name",), f"a second scenario named {source.name!r}", f"The first is at {where}")


def load_mapping(data: dict[str, Any]) -> Source:
    """Make a scenario of plain data, as tests and the control API hand it over.

    Raises:
        ScenarioError: with every problem; places are given by key since there is no file.
    """
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    return load_text(text, "<data>")[0]


def scenario_files(path: Path) -> list[Path]:
    """Return the scenario files below a folder in alphabetical order, or the file itself.

    Raises:
        ScenarioError: the path does not exist or cannot be read.
    """
    try:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
            if not found:
                raise ScenarioError([Problem(str(path), 1, 1, "no *.yaml file in this folder")])
            return found
        if path.is_file():
            return [path]
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        raise ScenarioError([Problem(str(path), 1, 1, f"cannot be read: {error.strerror}")]) from None
    close = nearest(path.name, beside)
    raise ScenarioError([Problem(str(path), 1, 1, "no such file or folder", f"Did you mean {close}?" if close else "")])


def read_files(paths: Iterable[Path], *, shipped: bool = False) -> tuple[list[Source], list[Problem]]:
    """Read every scenario of the files and folders: those that are right, and every problem of all files."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files = scenario_files(path)
        except ScenarioError as error:
            problems.extend(error.problems)
            continue
        for file in files:
            try:
                found, wrong = read_text(_read(file), str(file), shipped=shipped)
            except ScenarioError as error:
                problems.extend(error.problems)
            else:
                sources.extend(found)
                problems.extend(wrong)
    problems.extend(_doubled_names(sources))
    return sources, problems


def load_files(paths: Iterable[Path], *, shipped: bool = False) -> list[Source]:
    """Read every scenario of the files and folders.

    Raises:
        ScenarioError: with the problems of all files.
    """
    sources, problems = read_files(paths, shipped=shipped)
    if problems:
        raise ScenarioError(problems)
    return sources


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError([Problem(str(file), 1, 1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise ScenarioError([Problem(str(file), 1, 1, f"is not UTF-8 at byte {error.start}")]) from None
