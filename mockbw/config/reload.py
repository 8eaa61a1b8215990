"""Hot reload: scenario files that change while the server runs are read again; a broken one changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mockbw.config.load import load
from mockbw.config.settings import Settings
from mockbw.engine.engine import Engine
from mockbw.errors import Problem, ScenarioError
from mockbw.scenario.loader import scenario_files

__all__ = ["Reload", "Reloader"]

log = logging.getLogger("mockbw")

EVERY = 1.0
"""How often the files are looked at, in wall seconds. Looking works where news of changes does not come through, as in mounts of
containers."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What became of a change: ``scenarios`` of the user's own are in force, or ``problems`` keep the last good ones."""

    scenarios: int
    problems: tuple[Problem, ...] = ()


class Reloader:
    """Keeps the scenarios of an engine as they stand in the files of its settings."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._seen = self._look()

    async def run(self, told: Callable[[Reload], None], every: float = EVERY) -> None:
        """Look for changes until cancelled; ``told`` hears what became of each."""
        while True:
            await asyncio.sleep(every)
            seen = await asyncio.to_thread(self._look)
            if seen != self._seen:
                self._seen = seen
                try:
                    told(self.reload())
                except Exception:  # whatever stands in a file, the next change is looked at, too
                    log.exception("the changed scenarios could not be read, which is a bug in mockbw")

    def reload(self, settings: Settings | None = None) -> Reload:
        """Read the files and put them in force for every account that began with them; messages under way keep their plan.

        With ``settings``, those of accounts are in force instead of the former ones, too.
        """
        try:
            loaded = load(settings or self._settings)
            if settings is None:
                self._engine.renew_scenarios(loaded.setup, loaded.listed)
            else:
                self._engine.reconfigure(loaded.setup, loaded.listed)
                self._settings = settings
        except ScenarioError as error:
            return Reload(0, error.problems)
        return Reload(loaded.own_scenarios)

    def _look(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(self._stamps())

    def _stamps(self) -> Iterator[tuple[str, int, int]]:
        """Yield what changes of every file when it is written."""
        for path in self._paths():
            try:
                for file in scenario_files(path):
                    status = file.stat()
                    yield str(file), status.st_mtime_ns, status.st_size
            except (ScenarioError, OSError):  # gone, or going: reading it will say so
                yield str(path), 0, 0

    def _paths(self) -> Iterator[Path]:
        yield from self._settings.scenarios
        for account in self._settings.accounts.values():
            yield from account.scenarios
