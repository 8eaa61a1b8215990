"""The scenarios of an account: which there are, in which order, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource

__all__ = ["ScenarioSet"]


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Never changes; each change returns another set.

    ``sources`` are in the order in which they are matched, ``added`` are the names of those that did not come with the account's
    setup, and ``switched_off`` the names of those that are out of play.
    """

    sources: tuple[ScenarioSource, ...] = ()
    added: frozenset[str] = frozenset()
    switched_off: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The names of all scenarios, in their order."""
        return [source.name for source in self.sources]

    def in_play(self) -> Iterator[ScenarioSource]:
        """Yield the scenarios that messages are matched with."""
        return (source for source in self.sources if source.name not in self.switched_off)

    def with_only(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return the set of these scenarios and no others; those that are switched off by name stay so."""
        only = tuple(sources)
        return replace(self, sources=only, added=frozenset(source.name for source in only))

    def with_first(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return the set with these scenarios before the others; one of the same name is replaced."""
        first = tuple(sources)
        names = frozenset(source.name for source in first)
        others = (source for source in self.sources if source.name not in names)
        return replace(self, sources=(*first, *others), added=self.added | names)

    def with_replaced(self, source: ScenarioSource) -> ScenarioSet:
        """Return the set with a scenario in the place of the one of its name; a new one goes before the others."""
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
        """Return the set with a scenario taken out of play, or back in.

        Raises:
            UnknownError: there is no such scenario.
        """
        self._check_known(name)
        return replace(self, switched_off=self.switched_off - {name} if on else self.switched_off | {name})

    def renewed(self, sources: Iterable[ScenarioSource]) -> ScenarioSet:
        """Return the set with these in place of all that came with the setup; those that were added stay before them."""
        added = tuple(source for source in self.sources if source.name in self.added)
        names = {source.name for source in added}
        return replace(self, sources=(*added, *(source for source in sources if source.name not in names)))

    def _check_known(self, name: str) -> None:
        if name not in self.names:
            raise UnknownError("scenario", name, self.names)
