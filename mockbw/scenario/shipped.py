"""The scenarios that come with mockbw: the folder ``scenarios/`` of the project, packed into the wheel."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource, load_shipped

__all__ = ["default_sources", "find_source", "shipped_folder", "shipped_sources"]

MAGIC_NUMBERS = "magic-numbers.yaml"
"""The one shipped file that is loaded by default."""


@lru_cache(maxsize=1)
def shipped_folder() -> Path:
    """Return the folder of the shipped scenarios: beside this package in a wheel, at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "scenarios"
    return packed if packed.is_dir() else package.parent / "scenarios"


@lru_cache(maxsize=1)
def shipped_sources() -> tuple[ScenarioSource, ...]:
    """Return the shipped scenarios that are played by name."""
    files = sorted(path for path in shipped_folder().glob("*.yaml") if path.name != MAGIC_NUMBERS)
    return tuple(load_shipped(files))


@lru_cache(maxsize=1)
def default_sources() -> tuple[ScenarioSource, ...]:
    """Return the scenarios that every account has by default: the magic numbers."""
    path = shipped_folder() / MAGIC_NUMBERS
    return tuple(load_shipped([path])) if path.is_file() else ()


def find_source(name: str) -> ScenarioSource:
    """Return the shipped scenario of that name, the magic numbers included.

    Raises:
        UnknownError: there is none; names the nearest.
    """
    by_name = {source.name: source for source in (*shipped_sources(), *default_sources())}
    if name not in by_name:
        raise UnknownError("scenario", name, by_name)
    return by_name[name]
