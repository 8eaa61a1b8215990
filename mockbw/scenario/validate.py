"""Every problem of scenario files: in the YAML, in the language, and in the use of an edition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mockbw.errors import Problem, ScenarioError
from mockbw.scenario.edition import DEFAULT_EDITION, edition_names
from mockbw.scenario.loader import ScenarioSource, read_files
from mockbw.scenario.playbook import only_scenario

__all__ = ["Validation", "edition_of", "validate"]


@dataclass(frozen=True, slots=True)
class Validation:
    """What was read, and the problems in it."""

    sources: tuple[ScenarioSource, ...]
    problems: tuple[Problem, ...]


def edition_of(source: ScenarioSource, chosen: str | None = None) -> str:
    """Return the edition to play a scenario in: the chosen one, else the first of its own, else the default."""
    return chosen or (source.scenario.editions or [DEFAULT_EDITION])[0]


def validate(paths: Iterable[Path], edition: str | None = None) -> Validation:
    """Check the scenarios of the files and folders.

    A scenario without ``editions`` is checked for ``edition``, or the default edition; any other for all of its own.
    """
    sources, problems = read_files(paths)
    for source in sources:
        named = [name for name in source.scenario.editions or () if name in edition_names()]
        for name in named or [edition or DEFAULT_EDITION]:
            try:
                only_scenario(source, name)
            except ScenarioError as error:
                problems.extend(problem for problem in error.problems if problem not in problems)
    return Validation(tuple(sources), tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))))
