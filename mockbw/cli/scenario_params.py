"""How commands take scenarios: by the path of a file or folder, or by the name of a shipped one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource, load_files
from mockbw.scenario.shipped import find_source

__all__ = ["EDITION", "SCENARIOS", "find_scenarios"]

SCENARIOS: Any = typer.Argument(
    metavar="SCENARIO...", help="Scenario files or folders, or names of shipped scenarios.", show_default=False
)
"""The argument that names scenarios."""

EDITION: Any = typer.Option(help="The edition to play it in.", show_default="the scenario's own, else 2018-01")
"""The option for the edition; a scenario may restrict its own."""


def find_scenarios(targets: Iterable[str], only: str | None = None) -> list[ScenarioSource]:
    """Return the scenarios of the files, folders and names; with ``only``, the one of that name.

    Raises:
        ScenarioError: a file is invalid or missing.
        UnknownError: there is no shipped scenario of that name, or none called ``only``.
    """
    found: list[ScenarioSource] = []
    for target in targets:
        path = Path(target)
        is_path = path.exists() or path.suffix in (".yaml", ".yml") or "/" in target
        found.extend(load_files([path]) if is_path else [find_source(target)])
    if only is None:
        return found
    chosen = [source for source in found if source.name == only]
    if not chosen:
        raise UnknownError("scenario", only, [source.name for source in found])
    return chosen
