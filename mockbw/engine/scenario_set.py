"""The scenarios of an account: their order, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource

__all__ = ["ScenarioSet"]


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Immutable; each change returns another set.

    ``sources`` are in the order in which they are matched, ``added`` are the names of those that are not from the account's
    setup, and ``switched_off`` the names of those that are off.
    """

    sources: tuple[ScenarioSource, ...] = ()
    added: frozenset[str] = frozenset()
    switched_off: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The names of all scenarios, in their order."""
        return [source.name for source in self.sources]

    def in_play(self) -> Iterator[ScenarioSource]:
        """Yield the scenarios that messages are matched against."""
        return (source for source in self.sources if source.name not in self.switched_off)

    def with_only(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return a set of exactly these scenarios; those that are switched off by name stay off."""
        only = tuple(sources)
        return replace(self, sources=only, added=frozenset(source.name for source in only))

    def with_first(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return the set with these scenarios ahead of the others; one with the same name is replaced."""
        first = tuple(sources)
        names = frozenset(source.name for source in first)
        others = (source for source in self.sources if source.name not in names)
        return replace(self, sources=(*first, *others), added=self.added | names)

    def with_replaced(self, source: ScenarioSource) -> ScenarioSet:
        """Return the set with the scenario with the same name replaced in its place; a new one goes ahead of the others."""
        if source.name not in self.names:
            return self.with_first([source])
        sources = tuple(source if known.name == source.name else known for known in self.sources)
        return replace(self, sources=sources, added=self.added | {source.name})

    def without(self, name: str) -> ScenarioSet:
        """Return the set without a scenario.

        Raises:
            UnknownError: there is no such scenario.
        """
        self._check_known(name)
        sources = tuple(source for source in self.sources if source.name != name)
        return ScenarioSet(sources, self.added - {name}, self.switched_off - {name})

    def switching(self, name: str, *, on: bool) -> ScenarioSet:
        """Return the set with a scenario switched off or on.

        Raises:
            UnknownError: there is no such scenario.
        """
        self._check_known(name)
        return replace(self, switched_off=self.switched_off - {name} if on else self.switched_off | {name})

    def renewed(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return the set with all scenarios of the setup replaced by these; added ones stay ahead of them."""
        added = tuple(source for source in self.sources if source.name in self.added)
        names = {source.name for source in added}
        return replace(self, sources=(*added, *(source for source in sources if source.name not in names)))

    def _check_known(self, name: str) -> None:
        if name not in self.names:
            raise UnknownError("scenario", name, self.names)
