"""Models to plans: a scenario for one edition, ready to say what happens to a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbw.core.clock import DAY
from mockbw.core.edition import Edition
from mockbw.core.ids import RandomBits
from mockbw.core.model import Kind, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule
from mockbw.core.timeline import (
    ApiAnswer,
    CallbackStep,
    Connection,
    Lane,
    OutageStep,
    Plan,
    ReplyStep,
    SetStateStep,
    Situation,
    Timed,
)
from mockbw.errors import ScenarioError, nearest
from mockbw.scenario.codes import catalogue, nearest_codes
from mockbw.scenario.edition import LoadedEdition
from mockbw.scenario.loader import Problem, Source
from mockbw.scenario.matching import Matcher, Pattern, Verdict
from mockbw.scenario.schema import (
    CallbackModel,
    ChooseModel,
    OutageModel,
    OutcomeModel,
    ReplyModel,
    Response,
    Retry,
    SetStateModel,
    StepModel,
)

__all__ = ["CompiledScenario", "Stage", "compile_answer", "compile_retry", "usual_lane"]

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
NO_RECEIPT = 9902
"""The code with which an edition ends the wait for a receipt, where it has it (P7)."""

BUILT_IN = frozenset({"to", "from", "text", "tag"})
"""Names every step can use: the recipient at hand, the sender, the text and the tag of the message."""


def _filled(text: str, bindings: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: bindings.get(found[1], found[0]), text) if "${" in text else text


def _filled_json(value: Any, bindings: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _filled(value, bindings)
    if isinstance(value, dict):
        return {key: _filled_json(inner, bindings) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_json(inner, bindings) for inner in value]
    return value


def compile_retry(retry: Retry | None) -> RetrySchedule | None:
    """Return the schedule a ``retry:`` describes; what it leaves out is as usual."""
    if retry is None:
        return None
    rest: dict[str, Any] = {"jitter": retry.jitter, "window": DAY if retry.window is None else retry.window}
    rest["timeout"] = DEFAULT_RETRY.timeout if retry.timeout is None else retry.timeout
    if retry.delays is not None:
        return RetrySchedule(tuple(retry.delays), repeat=retry.repeat, **rest)
    if retry.first is not None:
        return RetrySchedule.growing(retry.first, retry.factor, retry.max or max(retry.first, 3_600_000), **rest)
    return RetrySchedule(repeat=retry.repeat, **rest)


def compile_answer(response: Response) -> ApiAnswer:
    """Return how the API answers; a message is taken unless the client is told of a failure (``taken`` overrides)."""
    refused = (response.status is not None and response.status >= 300) or response.connection is not None
    return ApiAnswer(
        status=response.status,
        body=response.body,
        headers=tuple(response.headers.items()),
        delay=response.delay,
        connection=Connection(response.connection.value) if response.connection else Connection.KEEP,
        taken=not refused if response.taken is None else response.taken,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """What steps are compiled for: an edition and the account's choice about MMS receipts."""

    loaded: LoadedEdition
    mms_receipts: bool | None = None

    @property
    def edition(self) -> Edition:
        """The edition alone."""
        return self.loaded.edition

    def usual(self, kind: Kind, outcome: str) -> Sequence[StepModel]:
        """Return the edition's own steps for an outcome of a message of this kind."""
        receipts = self.edition.mms_receipts if self.mms_receipts is None else self.mms_receipts
        timelines = self.loaded.timelines
        name = f"{kind.value}-receipts" if receipts and f"{kind.value}-receipts" in timelines else kind.value
        return timelines[name].get(outcome, [])

    def failing(self, kind: Kind, code: int) -> Sequence[StepModel]:
        """Return the edition's own steps for a failure with that code: refused, failed at the carrier, or unreceipted."""
        info = catalogue().get(code)
        return self.usual(kind, info.outcome if info else "refused")


class _LaneBuilder:
    """Walks a timeline for one recipient, keeping the time."""

    def __init__(
        self, stage: Stage, kind: Kind, recipient: str, first: bool, bindings: Mapping[str, str], random: RandomBits
    ) -> None:
        self._stage, self._kind, self._recipient, self._first = stage, kind, recipient, first
        self._bindings, self._random = bindings, random
        self._offset, self._from_acceptance, self._copies = 0, False, 1
        self.steps: list[Timed] = []

    def lane(self) -> Lane:
        """Return the steps in the order in which they are played: early ones first, then by time."""
        return tuple(
            sorted(
                self.steps, key=lambda timed: -1 if isinstance(timed.step, CallbackStep) and timed.step.early else timed.offset
            )
        )

    def walk(self, steps: Iterable[StepModel]) -> None:
        for step in steps:
            if step.at is not None:
                self._offset, self._from_acceptance = step.at, True
            self._offset += step.after or 0
            patterns = getattr(step, "to", None)
            if patterns is None or any(Pattern(written).match(self._recipient) is not None for written in patterns):
                self._add(step)

    def _add(self, step: StepModel) -> None:
        match step:
            case CallbackModel():
                self._put(self._callback(step))
            case OutcomeModel():
                self._outcome(step)
            case ReplyModel():
                sender = self._fill(step.from_) if step.from_ is not None else None
                self._put(ReplyStep(self._fill(step.reply), tuple(map(self._fill, step.media)), sender))
            case OutageModel():
                if self._first:
                    self._put(OutageStep(step.outage, compile_answer(step.answer)))
            case SetStateModel():
                self._put(SetStateStep(self._fill(step.set_state)))
            case ChooseModel():
                self.walk(self._chosen(step))

    def _put(self, step: CallbackStep | ReplyStep | OutageStep | SetStateStep) -> None:
        self.steps.append(Timed(self._offset, step, self._from_acceptance))

    def _outcome(self, step: OutcomeModel) -> None:
        code = int(self._fill(str(step.error))) if step.error is not None else NO_RECEIPT
        failed = step.outcome == "failed"
        steps = self._stage.failing(self._kind, code) if failed else self._stage.usual(self._kind, step.outcome)
        outer, self._bindings = self._bindings, {**self._bindings, "error": str(code)}
        self._copies = 2 if step.twice else 1
        self.walk(steps)
        self._bindings, self._copies = outer, 1

    def _callback(self, step: CallbackModel) -> CallbackStep:
        return CallbackStep(
            event=step.callback,
            error=int(self._fill(str(step.error))) if step.error is not None else None,
            description=self._fill(step.description) if step.description is not None else None,
            carrier=step.carrier,
            copies=2 if step.twice else self._copies,
            early=step.early,
            dropped=step.dropped,
            corruption=step.corrupted,
            changes=tuple((path, _filled_json(value, self._bindings)) for path, value in step.set.items()),
            omitted=tuple(step.omit),
            headers=tuple(step.headers.items()),
        )

    def _chosen(self, step: ChooseModel) -> Sequence[StepModel]:
        point = self._random.random() * sum(branch.weight for branch in step.choose)
        for branch in step.choose:
            point -= branch.weight
            if point < 0:
                return branch.timeline
        return step.choose[-1].timeline

    def _fill(self, text: str) -> str:
        return _filled(text, self._bindings)


def _build(
    stage: Stage,
    steps: Iterable[StepModel],
    message: Message,
    lane: int,
    groups: Mapping[str, str],
    random: RandomBits,
    *,
    first: bool = False,
) -> Lane:
    recipient = message.to[lane]
    bindings = {"to": recipient, "from": message.sender, "text": message.text or "", "tag": message.tag or "", **groups}
    builder = _LaneBuilder(stage, message.kind, recipient, first, bindings, random)
    builder.walk(steps)
    return builder.lane()


def usual_lane(stage: Stage, message: Message, lane: int, refused_with: int | None, random: RandomBits) -> Lane:
    """Return the lane the edition itself gives a recipient: delivered, or failed with the code the platform refuses it with."""
    if refused_with is None:
        return _build(stage, stage.usual(message.kind, "delivered"), message, lane, {}, random)
    return _build(stage, stage.failing(message.kind, refused_with), message, lane, {"error": str(refused_with)}, random)


class CompiledScenario:
    """One scenario for one edition.

    Raises:
        ScenarioError: the scenario asks for what the edition does not have; with places and the nearest known names.
    """

    def __init__(self, source: Source, stage: Stage) -> None:
        self.source = source
        self.name = source.name
        self._stage = stage
        self._scenario = source.scenario
        self.matcher = Matcher(self._scenario.match)
        problems = list(self._problems())
        if problems:
            raise ScenarioError(problems)
        self.retry = compile_retry(self._scenario.retry)
        self.answer = compile_answer(self._scenario.response) if self._scenario.response else None
        self._still = self._scenario.timeline is not None and all(_is_still(step) for step in self._scenario.timeline)
        self._lanes: dict[tuple[Kind, bool], Lane] = {}
        self._code_names = _names_of_codes(self._scenario.timeline or ())

    def check(self, message: Message, situation: Situation) -> Verdict:
        """Say whether the scenario is for this message now."""
        if self._scenario.times is not None and situation.plays.get(self.name, 0) >= self._scenario.times:
            return Verdict(None, f"it has been played {self._scenario.times} times already", 0, 1)
        verdict = self.matcher.check(message, situation)
        if verdict.bindings and self._code_names:
            reasons = [
                self._no_code({**verdict.bindings, **groups})
                for groups in map(self.matcher.recipient, message.to)
                if groups is not None
            ]
            if all(reasons):
                return Verdict(None, reasons[0], 1, verdict.total + 1)
        return verdict

    def plan(self, message: Message, bindings: Mapping[str, str], situation: Situation, random: RandomBits) -> Plan:
        """Return what happens to the message; recipients that ``match: {to: …}`` is not for fare as the edition has it."""
        timeline = self._scenario.timeline
        lanes: list[Lane] = []
        played = False
        for lane, recipient in enumerate(message.to):
            groups = self.matcher.recipient(recipient)
            bound = None if timeline is None or groups is None else {**bindings, **groups}
            if timeline is None or bound is None or self._no_code(bound):
                lanes.append(usual_lane(self._stage, message, lane, situation.refused.get(recipient), random))
                continue
            if self._still:
                lanes.append(self._cached(timeline, message, lane, first=not played))
            else:
                lanes.append(_build(self._stage, timeline, message, lane, bound, random, first=not played))
            played = True
        return Plan(tuple(lanes), self.name, self.answer, self.retry)

    def _cached(self, timeline: Iterable[StepModel], message: Message, lane: int, *, first: bool) -> Lane:
        key = (message.kind, first)
        if key not in self._lanes:
            self._lanes[key] = _build(self._stage, timeline, message, lane, {}, _NO_RANDOM, first=first)
        return self._lanes[key]

    def _no_code(self, bindings: Mapping[str, str]) -> str:
        """Say which bound name should be an error code of the edition and is not; empty when all is well."""
        edition = self._stage.edition
        for name in self._code_names:
            value = bindings.get(name, "")
            if not (value.isdecimal() and int(value) in edition.codes):
                near = ", ".join(map(str, nearest_codes(int(value), edition.name))) if value.isdecimal() else ""
                return f"{value!r} is no error code of edition {edition.name}{f' (nearest: {near})' if near else ''}"
        return ""

    # -- what the edition does not have -----------------------------------------------------------------------------------

    def _problems(self) -> Iterator[Problem]:
        edition = self._stage.edition
        names = self.matcher.groups | BUILT_IN
        for path, step in _steps_of(self._scenario.timeline or (), ("timeline",)):
            if isinstance(step, CallbackModel) and step.callback not in edition.events:
                close = nearest(step.callback, edition.events)
                known = ", ".join(edition.events)
                hint = f"Did you mean {close!r}?" if close else f"It has {known}"
                yield self.source.problem((*path, "callback"), f"edition {edition.name} has no event {step.callback!r}", hint)
            error = getattr(step, "error", None)
            if error is not None:
                yield from self._code_problems((*path, "error"), error)
            for key, text in _texts_of(step):
                for name in _PLACEHOLDER.findall(text):
                    if name not in names:
                        close = nearest(name, names)
                        hint = (
                            f"Did you mean ${{{close}}}?"
                            if close
                            else "Known are " + ", ".join(f"${{{n}}}" for n in sorted(names))
                        )
                        yield self.source.problem((*path, key), f"nothing is bound to ${{{name}}}", hint)
        for index, expectation in enumerate(self._scenario.expect):
            if expectation.error is not None:
                yield from self._code_problems(("expect", index, "error"), expectation.error)

    def _code_problems(self, path: tuple[str | int, ...], error: int | str) -> Iterator[Problem]:
        text = str(error)
        if _PLACEHOLDER.search(text):
            return
        edition = self._stage.edition
        if not text.isdecimal():
            yield self.source.problem(path, f"{text!r} is no error code", "Codes are numbers: see `mockbw codes`")
        elif int(text) not in edition.codes:
            near = ", ".join(map(str, nearest_codes(int(text), edition.name)))
            elsewhere = catalogue().get(int(text))
            also = f" (editions {', '.join(elsewhere.editions)} do)" if elsewhere and elsewhere.editions else ""
            yield self.source.problem(
                path, f"edition {edition.name} does not know error code {text}{also}", f"Nearest are {near}"
            )


class _NoRandom:
    def getrandbits(self, k: int, /) -> int:
        raise AssertionError("a timeline without choose draws nothing")

    def random(self) -> float:
        raise AssertionError("a timeline without choose draws nothing")


_NO_RANDOM = _NoRandom()


def _steps_of(steps: Iterable[StepModel], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], StepModel]]:
    for index, step in enumerate(steps):
        yield (*path, index), step
        if isinstance(step, ChooseModel):
            for number, branch in enumerate(step.choose):
                yield from _steps_of(branch.timeline, (*path, index, "choose", number, "timeline"))


def _names_of_codes(steps: Iterable[StepModel]) -> frozenset[str]:
    """Return the bound names that are used as an error code."""
    found: set[str] = set()
    for _, step in _steps_of(steps, ()):
        error = getattr(step, "error", None)
        if isinstance(error, str):
            found.update(_PLACEHOLDER.findall(error))
    return frozenset(found)


def _texts_of(step: StepModel) -> Iterator[tuple[str, str]]:
    """Yield the key and text of everything in a step that may hold ``${name}``."""
    for name, info in type(step).model_fields.items():
        value = getattr(step, name)
        key = str(info.alias)
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            yield from ((key, inner) for inner in value.values() if isinstance(inner, str))
        elif name == "media":
            yield from ((key, inner) for inner in value)


def _is_still(step: StepModel) -> bool:
    """True when the step is the same for every message and recipient, so that its lane can be kept."""
    if isinstance(step, ChooseModel) or getattr(step, "to", None) is not None:
        return False
    if isinstance(step, CallbackModel) and step.set:
        return False
    return not any("${" in text for _, text in _texts_of(step))
