"""Every problem of scenario files: in the YAML, in the language, and in the use of an edition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mockbw.errors import Problem, ScenarioError
from mockbw.scenario.compile import MANY_ATTEMPTS, compile_retry
from mockbw.scenario.edition import DEFAULT_EDITION, edition_names
from mockbw.scenario.loader import ScenarioSource, read_files
from mockbw.scenario.playbook import only_scenario

__all__ = ["Validation", "edition_of", "validate"]


@dataclass(frozen=True, slots=True)
class Validation:
    """What was read, the problems in it, and what is valid but probably a mistake."""

    sources: tuple[ScenarioSource, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def edition_of(source: ScenarioSource, chosen: str | None = None) -> str:
    """Return the edition to play a scenario in: the chosen one, else the first of its own, else the default."""
    return chosen or (source.scenario.editions or [DEFAULT_EDITION])[0]


def validate(paths: Iterable[Path], edition: str | None = None) -> Validation:
    """Check the scenarios of the files and folders.

    A scenario without ``editions`` is checked for ``edition``, or the default edition; any other for all of its own.
    """
    sources, found = read_files(paths)
    problems, warnings = dict.fromkeys(found), dict.fromkeys(problem for source in sources for problem in _warnings(source))
    for source in sources:
        named = [name for name in source.scenario.editions or () if name in edition_names()]
        for name in named or [edition or DEFAULT_EDITION]:
            try:
                only_scenario(source, name)
            except ScenarioError as error:
                problems |= dict.fromkeys(error.problems)
    return Validation(tuple(sources), _in_order(problems), _in_order(warnings))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))


def _warnings(source: ScenarioSource) -> Iterator[Problem]:
    with suppress(ValueError):  # too many attempts are a problem, not a warning
        retry = compile_retry(source.scenario.retry)
        if retry is not None and retry.most_attempts > MANY_ATTEMPTS:
            message = f"'retry' makes up to {retry.most_attempts} attempts of each callback"
            yield source.problem(("retry",), message, "Use longer delays or a shorter window")
