"""What ``play`` takes: a scenario by name, as a file, as data or as YAML text."""

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


def find_scenarios(wanted: ScenarioLike, known: Iterable[ScenarioSource], folders: Sequence[Path]) -> list[ScenarioSource]:
    """Return the scenarios meant: of a file or text, all it holds.

    A text with a line break or ``key: value`` is YAML; one with a slash or a YAML suffix is a path, looked up in the
    ``folders`` one after the other; all else is a name among ``known`` and the shipped scenarios.

    Raises:
        ScenarioError: a file or text is wrong, or there is no such file.
        UnknownError: nobody knows the name; says the nearest.
    """
    if isinstance(wanted, ScenarioSource):
        return [wanted]
    if isinstance(wanted, Mapping):
        return [load_mapping(dict(wanted))]
    if isinstance(wanted, str) and ("\n" in wanted or ": " in wanted):
        return load_text(wanted)
    if isinstance(wanted, Path) or "/" in wanted or wanted.endswith((".yaml", ".yml")):
        path = Path(wanted)
        found = next((folder / path for folder in folders if (folder / path).exists()), path)
        return load_files([found])
    by_name = {source.name: source for source in (*shipped_sources(), *reversed(list(known)))}
    if wanted not in by_name:
        raise UnknownError("scenario", wanted, by_name)
    return [by_name[wanted]]
