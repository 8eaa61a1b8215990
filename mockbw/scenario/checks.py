"""What can be wrong with a scenario whose YAML is valid: it uses what its edition does not have, or contradicts itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mockbw.core.edition import Edition
from mockbw.core.model import Direction
from mockbw.errors import Problem, nearest
from mockbw.scenario.codes import catalogue, nearest_codes
from mockbw.scenario.edition import edition_names, load_edition
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.schema import CallbackModel, Expectation, OutcomeModel, ReplyModel, StepModel
from mockbw.scenario.steps import BUILT_IN, PLACEHOLDER, RECEIVED, steps_of, texts_of

__all__ = ["edition_problems", "scenario_problems"]

Path = tuple[str | int, ...]


def edition_problems(source: ScenarioSource) -> Iterator[Problem]:
    """Yield the unknown editions that a scenario names."""
    for index, name in enumerate(source.scenario.editions or ()):
        if name not in edition_names():
            close = nearest(name, edition_names())
            hint = f"Did you mean {close!r}?" if close else f"The editions are {', '.join(edition_names())}"
            yield source.problem(("editions", index), f"there is no edition {name!r}", hint)


def scenario_problems(source: ScenarioSource, edition: Edition, groups: frozenset[str]) -> Iterator[Problem]:
    """Yield what a scenario uses that the edition does not have. ``groups`` are the names that its ``match`` binds."""
    given = source.scenario.given
    checks = _Checks(source, edition, inbound=given is not None and given.inbound is not None)
    if source.scenario.match.kind == "rbm" and not edition.features.multi_channel:
        yield checks.needs_multi_channel(("match", "kind"))
    for path, step in steps_of(source.scenario.timeline or (), ("timeline",)):
        yield from checks.step(path, step)
        yield from checks.names(path, step, groups | BUILT_IN)
    for index, expectation in enumerate(source.scenario.expect):
        yield from checks.expectation(("expect", index), expectation)


@dataclass(frozen=True, slots=True)
class _Checks:
    source: ScenarioSource
    edition: Edition
    inbound: bool

    def step(self, path: Path, step: StepModel) -> Iterator[Problem]:
        if isinstance(step, CallbackModel):
            yield from self._callback(path, step)
        if isinstance(step, OutcomeModel) and self.inbound:
            message = "an outcome is not for an inbound message"
            yield self.source.problem((*path, "outcome"), message, f"Write `callback: {RECEIVED}`")
        if isinstance(step, ReplyModel) and not self.edition.features.multi_channel:
            for key in ("suggestion", "location"):
                if getattr(step, key) is not None:
                    yield self.needs_multi_channel((*path, key))
        error = getattr(step, "error", None)
        if error is not None:
            yield from self._code((*path, "error"), error)

    def needs_multi_channel(self, path: Path) -> Problem:
        having = [name for name in edition_names() if load_edition(name).edition.features.multi_channel]
        hint = f"Edition {', '.join(having)} has them: add `editions: {json.dumps(having)}`, or choose another --edition"
        return self.source.problem(path, f"edition {self.edition.name} has no RBM messages", hint)

    def _callback(self, path: Path, step: CallbackModel) -> Iterator[Problem]:
        yield from self._event((*path, "callback"), step.callback, self.edition.events)
        event = self.edition.events.get(step.callback)
        if self.inbound and event is not None and event.direction is Direction.OUT:
            message = f"{step.callback} is not for an inbound message"
            yield self.source.problem((*path, "callback"), message, f"Write `callback: {RECEIVED}`")
        if self.inbound and step.early:
            yield self.source.problem((*path, "early"), "an inbound message has no 202 to precede", "Remove it")
        if not self.inbound and step.callback == RECEIVED:
            message = f"{RECEIVED} is not for an outbound message"
            yield self.source.problem((*path, "callback"), message, "Write `reply: …` to let the handset answer")

    def names(self, path: Path, step: StepModel, names: frozenset[str]) -> Iterator[Problem]:
        for key, text in texts_of(step):
            for name in PLACEHOLDER.findall(text):
                if name not in names:
                    close = nearest(name, names)
                    known = ", ".join(f"${{{known}}}" for known in sorted(names))
                    hint = f"Did you mean ${{{close}}}?" if close else f"The names are {known}"
                    yield self.source.problem((*path, key), f"${{{name}}} is not defined", hint)

    def expectation(self, path: Path, expectation: Expectation) -> Iterator[Problem]:
        if expectation.callback is not None:
            known = dict(self.edition.events)
            if expectation.times == 0:  # never sent: also true of an event that only other editions have
                known.update(
                    (event, kind) for name in edition_names() for event, kind in load_edition(name).edition.events.items()
                )
            yield from self._event((*path, "callback"), expectation.callback, known)
        if expectation.error is not None:
            yield from self._code((*path, "error"), expectation.error)

    def _event(self, path: Path, event: str, known: Mapping[str, object]) -> Iterator[Problem]:
        if event not in known:
            elsewhere = [name for name in edition_names() if event in load_edition(name).edition.events]
            close = nearest(event, known)
            if elsewhere:
                hint = (
                    f"Edition {', '.join(elsewhere)} has it: add `editions: {json.dumps(elsewhere)}`, or choose another --edition"
                )
            else:
                hint = f"Did you mean {close!r}?" if close else f"Its events are {', '.join(known)}"
            yield self.source.problem(path, f"edition {self.edition.name} has no event {event!r}", hint)

    def _code(self, path: Path, error: int | str) -> Iterator[Problem]:
        text, name = str(error), self.edition.name
        if PLACEHOLDER.search(text):
            return
        if not text.isdecimal():
            yield self.source.problem(path, f"{text!r} is not an error code", "Codes are numbers: see `mockbw codes`")
        elif int(text) not in self.edition.codes:
            near = ", ".join(map(str, nearest_codes(int(text), name)))
            elsewhere = catalogue().get(int(text))
            also = f" (editions {', '.join(elsewhere.editions)} do)" if elsewhere and elsewhere.editions else ""
            message = f"edition {name} has no error code {text}{also}"
            yield self.source.problem(path, message, f"The nearest are {near}")
