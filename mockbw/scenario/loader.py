"""Scenario files: finding them, reading them, and every problem in them with its position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mockbw.documents.reader import MAX_PROBLEMS, Located, Position, check, load_documents, problem_at
from mockbw.errors import Problem, ScenarioError, nearest
from mockbw.scenario.schema import Scenario

__all__ = [
    "ScenarioSource",
    "load_files",
    "load_mapping",
    "load_shipped",
    "load_text",
    "read_file",
    "read_files",
    "read_text",
    "scenario_files",
]


@dataclass(frozen=True, slots=True)
class ScenarioSource:
    """One scenario and where it was written."""

    scenario: Scenario
    name: str
    file: str
    text: str
    located: Located
    shipped: bool = False

    def problem(self, path: Iterable[str | int], message: str, hint: str = "") -> Problem:
        """Return a problem at the position of ``path`` in the file."""
        position, _ = self.located.find(path)
        return problem_at(self.file, self.text, position, message, hint)


FileReader = Callable[[Path], tuple[list[ScenarioSource], list[Problem]]]


def read_text(text: str, file: str = "<text>", *, shipped: bool = False) -> tuple[list[ScenarioSource], list[Problem]]:
    """Read every scenario of a YAML text: the valid ones, and every problem of the others."""
    documents, problems = load_documents(text, file)
    sources: list[ScenarioSource] = []
    more, last = 0, Position(1, 1)
    stem = Path(file).stem if file != "<text>" else "unnamed"
    for number, located in enumerate(documents, 1):
        checked = check(Scenario, located, file, text, most=max(0, MAX_PROBLEMS - len(problems)))
        problems.extend(checked.problems)
        if checked.more:
            more, last = more + checked.more, located.find(())[0]
        if checked.model is not None:
            default = stem if len(documents) == 1 else f"{stem}-{number}"
            sources.append(ScenarioSource(checked.model, checked.model.name or default, file, text, located, shipped))
    if more:
        problems.append(problem_at(file, text, last, f"{more} more problems are not listed", "Fix those above first"))
    if not documents and not problems:
        problems.append(problem_at(file, text, Position(1, 1), "this file has no scenario", "Start with `name: …`"))
    return sources, problems


def load_text(text: str, file: str = "<text>") -> list[ScenarioSource]:
    """Read every scenario of a YAML text.

    Raises:
        ScenarioError: with every problem of the text.
    """
    sources, problems = read_text(text, file)
    problems.extend(_duplicate_names(sources))
    if problems:
        raise ScenarioError(problems)
    return sources


def _duplicate_names(sources: list[ScenarioSource]) -> Iterator[Problem]:
    seen: dict[str, ScenarioSource] = {}
    for source in sources:
        first = seen.setdefault(source.name, source)
        if first is not source:
            where = f"{first.file}:{first.located.find(())[0].line}"
            yield source.problem(("name",), f"duplicate scenario name {source.name!r}", f"The first is at {where}")


def load_mapping(data: dict[str, Any]) -> ScenarioSource:
    """Make a scenario from plain data, as tests and the control API pass it.

    Raises:
        ScenarioError: with every problem.
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


def read_file(file: Path) -> tuple[list[ScenarioSource], list[Problem]]:
    """Read every scenario of a file: the valid ones, and every problem of the others."""
    return _read(file, shipped=False)


def read_files(paths: Iterable[Path], read: FileReader = read_file) -> tuple[list[ScenarioSource], list[Problem]]:
    """Read every scenario of the files and folders: the valid ones, and every problem of the others.

    ``read`` reads each file; with one that caches, several lists of paths need only one reading.
    """
    sources: list[ScenarioSource] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files = scenario_files(path)
        except ScenarioError as error:
            problems.extend(error.problems)
            continue
        for file in files:
            found, invalid = read(file)
            sources.extend(found)
            problems.extend(invalid)
    problems.extend(_duplicate_names(sources))
    return sources, problems


def load_files(paths: Iterable[Path], read: FileReader = read_file) -> list[ScenarioSource]:
    """Read every scenario of the files and folders; see ``read_files``.

    Raises:
        ScenarioError: with the problems of all files.
    """
    sources, problems = read_files(paths, read)
    if problems:
        raise ScenarioError(problems)
    return sources


def load_shipped(files: Iterable[Path]) -> list[ScenarioSource]:
    """Read files that come with mockbw.

    Raises:
        ScenarioError: with the problems of all files.
    """
    return load_files(files, lambda file: _read(file, shipped=True))


def _read(file: Path, *, shipped: bool) -> tuple[list[ScenarioSource], list[Problem]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        return [], [Problem(str(file), 1, 1, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return [], [Problem(str(file), 1, 1, f"is not UTF-8 at byte {error.start}")]
    return read_text(text, str(file), shipped=shipped)
