"""The forms of a scenario that ``play`` accepts: a name, a file, data or YAML text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource, load_files, load_mapping, load_text
from mockbw.scenario.shipped import shipped_sources

__all__ = ["ScenarioLike", "find_scenarios"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

ScenarioLike: TypeAlias = "str | Path | Mapping[str, Any] | ScenarioSource"
"""A name, a path, YAML text, plain data, or a loaded source."""


def find_scenarios(scenario: ScenarioLike, known: Iterable[ScenarioSource], folders: Sequence[Path]) -> list[ScenarioSource]:
    """Return the scenarios; a file or text can contain several.

    A text with a line break or ``key: value`` is YAML; one with a slash or a YAML suffix is a path, relative to the first of
    the ``folders`` that has it; everything else is a name among ``known`` and the shipped scenarios.

    Raises:
        ScenarioError: a file or text is invalid, or there is no such file.
        UnknownError: the name is unknown; has the nearest one.
    """
    if isinstance(scenario, ScenarioSource):
        return [scenario]
    if isinstance(scenario, Mapping):
        return [load_mapping(dict(scenario))]
    if isinstance(scenario, str) and ("\n" in scenario or ": " in scenario):
        return load_text(scenario)
    if isinstance(scenario, Path) or "/" in scenario or scenario.endswith((".yaml", ".yml")):
        path = Path(scenario)
        found = next((folder / path for folder in folders if (folder / path).exists()), path)
        return load_files([found])
    by_name = {source.name: source for source in (*shipped_sources(), *reversed(list(known)))}
    if scenario not in by_name:
        raise UnknownError("scenario", scenario, by_name)
    return [by_name[scenario]]
