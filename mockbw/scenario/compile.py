"""Models to plans: a scenario compiled for one edition, which decides what happens to a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockbw.core.application_time import Present
from mockbw.core.clock import DAY
from mockbw.core.edition import Edition
from mockbw.core.ids import RandomBits
from mockbw.core.model import Direction, Draft, Kind, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule
from mockbw.core.timeline import CallbackStep, Plan, Situation, Timed, Track
from mockbw.core.validation import validate_create
from mockbw.errors import Problem, ScenarioError
from mockbw.scenario.checks import scenario_problems
from mockbw.scenario.codes import nearest_codes
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.matching import Matcher, MatchResult
from mockbw.scenario.sample import draft_of
from mockbw.scenario.schema import Retry, StepModel
from mockbw.scenario.steps import (
    PLACEHOLDER,
    RECEIVED,
    EditionContext,
    build_track,
    compile_answer,
    default_track,
    is_constant,
    steps_of,
)

__all__ = ["MANY_ATTEMPTS", "MOST_ATTEMPTS", "CompiledScenario", "compile_retry"]

MOST_ATTEMPTS = 100_000
"""How many attempts a retry schedule may have: each is remembered as long as its message."""

MANY_ATTEMPTS = 10_000
"""More attempts than that are probably a mistake; ``mockbw validate`` warns of them."""


def compile_retry(retry: Retry | None) -> RetrySchedule | None:
    """Return the schedule that a ``retry:`` describes; what it omits has the default.

    Raises:
        ValueError: it has more than ``MOST_ATTEMPTS``.
    """
    if retry is None:
        return None
    schedule = _schedule(retry)
    if (count := schedule.most_attempts) > MOST_ATTEMPTS:
        raise ValueError(
            f"'retry' makes up to {count} attempts, the limit is {MOST_ATTEMPTS}. Use longer delays or a shorter window"
        )
    return schedule


def _schedule(retry: Retry) -> RetrySchedule:
    rest: dict[str, Any] = {"jitter": retry.jitter, "window": DAY if retry.window is None else retry.window}
    rest["timeout"] = DEFAULT_RETRY.timeout if retry.timeout is None else retry.timeout
    if retry.delays is not None:
        return RetrySchedule(tuple(retry.delays), repeat=retry.repeat, **rest)
    if retry.first is not None:
        return RetrySchedule.growing(retry.first, retry.factor, retry.max or max(retry.first, 3_600_000), **rest)
    return RetrySchedule(repeat=retry.repeat, **rest)


class CompiledScenario:
    """One scenario, compiled for one edition.

    Raises:
        ScenarioError: the scenario uses what the edition does not have; with positions and the nearest known names.
    """

    def __init__(self, source: ScenarioSource, context: EditionContext) -> None:
        self.source = source
        self.name = source.name
        self._context = context
        self._scenario = source.scenario
        self.matcher = Matcher(self._scenario.match)
        try:
            self.retry = compile_retry(self._scenario.retry)
        except ValueError as error:
            raise ScenarioError([source.problem(("retry",), str(error))]) from None
        self.answer = compile_answer(self._scenario.response) if self._scenario.response else None
        self._constant = self._scenario.timeline is not None and all(is_constant(step) for step in self._scenario.timeline)
        self._tracks: dict[tuple[Kind, bool], Track] = {}
        self._code_names = _names_of_codes(self._scenario.timeline or ())
        problems = list(scenario_problems(source, context.edition, self.matcher.groups)) or list(self._given_problems())
        if problems:
            raise ScenarioError(problems)

    @property
    def edition(self) -> Edition:
        """The edition it was compiled for."""
        return self._context.edition

    def check(self, message: Message, situation: Situation) -> MatchResult:
        """Return whether the scenario is for this message now."""
        if self._scenario.times is not None and situation.plays.get(self.name, 0) >= self._scenario.times:
            return MatchResult(None, f"its `times: {self._scenario.times}` is used up", 0, 1)
        verdict = self.matcher.check(message, situation)
        if verdict.bindings and self._code_names:
            reasons = [
                self._no_code({**verdict.bindings, **groups})
                for groups in map(self.matcher.recipient, message.to)
                if groups is not None
            ]
            if all(reasons):
                return MatchResult(None, reasons[0], 1, verdict.total + 1)
        return verdict

    def bindings(self, message: Message) -> Mapping[str, str] | None:
        """Return the bindings of a message if it matches, whatever the state of its handset; else None."""
        return self.check(message, self._any_state(message)).bindings

    def _given_problems(self) -> Iterator[Problem]:
        """Yield why the platform would refuse the message that starts the scenario, or why it does not match."""
        if self._scenario.given is None or self._scenario.given.outbound is None:
            return
        draft = draft_of(self._scenario.given.outbound)
        request: dict[str, Any] = {"from": draft.sender, "to": list(draft.to), "applicationId": draft.application}
        request.update(text=draft.text, media=list(draft.media), tag=draft.tag)
        checked = validate_create(request, self.edition.limits, Present(0, 0))
        if not isinstance(checked, Draft):
            for error in checked:
                field = "application" if error.field == "applicationId" else error.field
                yield self.source.problem(
                    ("given", "outbound", field), f"the platform would refuse this message: {error.description}"
                )
            return
        message = Message(
            id="",
            direction=Direction.OUT,
            kind=draft.kind,
            time=0,
            sender=draft.sender,
            to=draft.to,
            owner=draft.sender,
            application=draft.application,
            segments=0,
            text=draft.text,
            tag=draft.tag,
        )
        because = self.check(message, self._any_state(message)).because
        if because:
            problem = f"the given message does not match: {because}"
            yield self.source.problem(("given", "outbound"), problem, "Make `given` and `match` agree")

    def _any_state(self, message: Message) -> Situation:
        return Situation(states=dict.fromkeys(message.to, self.matcher.state or ""))

    def plan(self, message: Message, bindings: Mapping[str, str], situation: Situation, random: RandomBits) -> Plan:
        """Return what happens to the message; recipients that ``match: {to: …}`` excludes get the edition's own track."""
        timeline = self._scenario.timeline
        if message.direction is Direction.IN:
            return Plan((self._inbound_track(message, random),), self.name, None, self.retry)
        tracks: list[Track] = []
        played = False
        for track, recipient in enumerate(message.to):
            groups = self.matcher.recipient(recipient)
            bound = None if timeline is None or groups is None else {**bindings, **groups}
            if timeline is None or bound is None or self._no_code(bound):
                tracks.append(default_track(self._context, message, track, situation.refused.get(recipient), random))
                continue
            if self._constant:
                tracks.append(self._cached(timeline, message, track, first=not played))
            else:
                tracks.append(build_track(self._context, timeline, message, track, bound, random, first=not played))
            played = True
        return Plan(tuple(tracks), self.name, self.answer, self.retry)

    def _inbound_track(self, message: Message, random: RandomBits) -> Track:
        timeline = self._scenario.timeline
        if timeline is None:
            return (Timed(0, CallbackStep(RECEIVED)),)
        return build_track(self._context, timeline, message, 0, {}, random, first=True)

    def _cached(self, timeline: Iterable[StepModel], message: Message, track: int, *, first: bool) -> Track:
        key = (message.kind, first)
        if key not in self._tracks:
            self._tracks[key] = build_track(self._context, timeline, message, track, {}, _NO_RANDOM, first=first)
        return self._tracks[key]

    def _no_code(self, bindings: Mapping[str, str]) -> str:
        """Return which binding should be an error code of the edition but is not; empty when all are."""
        edition = self._context.edition
        for name in self._code_names:
            value = bindings.get(name, "")
            if not (value.isdecimal() and int(value) in edition.codes):
                near = ", ".join(map(str, nearest_codes(int(value), edition.name))) if value.isdecimal() else ""
                return f"{value!r} is not an error code of edition {edition.name}{f' (nearest: {near})' if near else ''}"
        return ""


class _NoRandom:
    def getrandbits(self, k: int, /) -> int:
        raise AssertionError("a timeline without choose needs no randomness")

    def random(self) -> float:
        raise AssertionError("a timeline without choose needs no randomness")


_NO_RANDOM = _NoRandom()


def _names_of_codes(steps: Iterable[StepModel]) -> frozenset[str]:
    """Return the names that are used as an error code."""
    found: set[str] = set()
    for _, step in steps_of(steps, ()):
        error = getattr(step, "error", None)
        if isinstance(error, str):
            found.update(PLACEHOLDER.findall(error))
    return frozenset(found)
