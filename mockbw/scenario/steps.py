"""Steps to tracks: the timeline of one recipient of one message, with every lookup and random choice made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from mockbw.core.edition import Edition
from mockbw.core.ids import RandomBits
from mockbw.core.model import Direction, Kind, Message
from mockbw.core.timeline import ApiAnswer, CallbackStep, Connection, OutageStep, ReplyStep, SetStateStep, Timed, Track
from mockbw.scenario.codes import catalogue
from mockbw.scenario.edition import LoadedEdition
from mockbw.scenario.patterns import Pattern
from mockbw.scenario.schema import (
    CallbackModel,
    ChooseModel,
    OutageModel,
    OutcomeModel,
    ReplyModel,
    Response,
    SetStateModel,
    StepModel,
)

__all__ = [
    "BUILT_IN",
    "PLACEHOLDER",
    "RECEIVED",
    "EditionContext",
    "build_track",
    "compile_answer",
    "default_track",
    "is_constant",
    "steps_of",
    "texts_of",
]

PLACEHOLDER = re.compile(r"(?<!\$)\$\{(\w+)\}")
"""A reference to a named group of the match; ``$${name}`` is the literal text ``${name}``."""

RECEIVED = "message-received"
"""The event of an inbound message (P14)."""

NO_RECEIPT = 9902
"""The code with which an edition ends the wait for a receipt, where it has it (P7)."""

BUILT_IN = frozenset({"to", "from", "text", "tag"})
"""The names that every step can use: the current recipient, the sender, the text and the tag of the message."""


_FILLED = re.compile(r"\$\$\{|\$\{(\w+)\}")


def _filled(text: str, bindings: Mapping[str, str]) -> str:
    """Return the text with ``${name}`` replaced by its value, and ``$${`` by ``${``."""
    if "${" not in text:
        return text
    return _FILLED.sub(lambda found: "${" if found[1] is None else bindings.get(found[1], found[0]), text)


def _filled_json(value: Any, bindings: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _filled(value, bindings)
    if isinstance(value, dict):
        return {key: _filled_json(inner, bindings) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_json(inner, bindings) for inner in value]
    return value


def compile_answer(response: Response) -> ApiAnswer:
    """Return how the API answers; the message is accepted unless the answer is a failure (``taken`` overrides that)."""
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
class EditionContext:
    """What steps are compiled for: an edition and the account's setting of MMS receipts."""

    loaded: LoadedEdition
    mms_receipts: bool | None = None

    @property
    def edition(self) -> Edition:
        """The edition alone."""
        return self.loaded.edition

    def steps_for(self, kind: Kind, outcome: str) -> Sequence[StepModel]:
        """Return the edition's own steps for an outcome of a message of this kind."""
        receipts = self.edition.mms_receipts if self.mms_receipts is None else self.mms_receipts
        timelines = self.loaded.timelines
        name = f"{kind.value}-receipts" if receipts and f"{kind.value}-receipts" in timelines else kind.value
        return timelines[name].get(outcome, [])

    def steps_for_failure(self, kind: Kind, code: int) -> Sequence[StepModel]:
        """Return the edition's own steps for a failure with that code: refused, failed at the carrier, or unreceipted."""
        info = catalogue().get(code)
        return self.steps_for(kind, info.outcome if info else "refused")


class _TrackBuilder:
    """Walks a timeline for one recipient and adds up the time."""

    def __init__(
        self, context: EditionContext, kind: Kind, recipient: str, first: bool, bindings: Mapping[str, str], random: RandomBits
    ) -> None:
        self._context, self._kind, self._recipient, self._first = context, kind, recipient, first
        self._bindings, self._random = bindings, random
        self._offset, self._from_acceptance, self._copies = 0, False, 1
        self.steps: list[Timed] = []

    def track(self) -> Track:
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
                self._put(self._reply(step))
            case OutageModel():
                if self._first:
                    self._put(OutageStep(step.outage, compile_answer(step.answer)))
            case SetStateModel():
                self._put(SetStateStep(self._fill(step.set_state)))
            case ChooseModel():
                self.walk(self._chosen(step))
            case _:
                assert_never(step)

    def _put(self, step: CallbackStep | ReplyStep | OutageStep | SetStateStep) -> None:
        self.steps.append(Timed(self._offset, step, self._from_acceptance))

    def _reply(self, step: ReplyModel) -> ReplyStep:
        latitude, comma, longitude = (step.location or "").partition(",")
        return ReplyStep(
            text=self._fill(step.reply),
            media=tuple(map(self._fill, step.media)),
            sender=self._fill(step.from_) if step.from_ is not None else None,
            suggestion=self._fill(step.suggestion) if step.suggestion is not None else None,
            location=(latitude, longitude) if comma else None,
        )

    def _outcome(self, step: OutcomeModel) -> None:
        code = int(self._fill(str(step.error))) if step.error is not None else NO_RECEIPT
        failed = step.outcome == "failed"
        steps = self._context.steps_for_failure(self._kind, code) if failed else self._context.steps_for(self._kind, step.outcome)
        outer, self._bindings = self._bindings, {**self._bindings, "error": str(code)}
        self._copies = 2 if step.twice else 1
        self.walk(steps)
        self._bindings, self._copies = outer, 1

    def _callback(self, step: CallbackModel) -> CallbackStep:
        return CallbackStep(
            event=step.callback,
            error=int(self._fill(str(step.error))) if step.error is not None else None,
            description=self._fill(step.description) if step.description is not None else None,
            carrier=self._fill(step.carrier) if step.carrier is not None else None,
            copies=2 if step.twice else self._copies,
            early=step.early,
            dropped=step.dropped,
            corruption=step.corrupted,
            changes=tuple((path, _filled_json(value, self._bindings)) for path, value in step.set.items()),
            omitted=tuple(step.omit),
            headers=tuple((name, self._fill(value)) for name, value in step.headers.items()),
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


def build_track(
    context: EditionContext,
    steps: Iterable[StepModel],
    message: Message,
    track: int,
    groups: Mapping[str, str],
    random: RandomBits,
    *,
    first: bool = False,
) -> Track:
    """Return the track of one recipient. ``groups`` fill ``${name}``; ``first``: it includes the steps for the whole account."""
    recipient = message.to[track] if message.direction is Direction.OUT else message.owner
    bindings = {"to": recipient, "from": message.sender, "text": message.text or "", "tag": message.tag or "", **groups}
    builder = _TrackBuilder(context, message.kind, recipient, first, bindings, random)
    builder.walk(steps)
    return builder.track()


def default_track(context: EditionContext, message: Message, track: int, refused_with: int | None, random: RandomBits) -> Track:
    """Return the edition's own track for a recipient: delivered, or failed with the code with which the platform refuses it."""
    if refused_with is None:
        return build_track(context, context.steps_for(message.kind, "delivered"), message, track, {}, random)
    return build_track(
        context, context.steps_for_failure(message.kind, refused_with), message, track, {"error": str(refused_with)}, random
    )


def steps_of(steps: Iterable[StepModel], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], StepModel]]:
    """Yield every step with its path, including those within a ``choose``."""
    for index, step in enumerate(steps):
        yield (*path, index), step
        if isinstance(step, ChooseModel):
            for number, branch in enumerate(step.choose):
                yield from steps_of(branch.timeline, (*path, index, "choose", number, "timeline"))


def texts_of(step: StepModel) -> Iterator[tuple[str, str]]:
    """Yield the key and text of everything in a step that may contain ``${name}``."""
    for name, info in type(step).model_fields.items():
        value = getattr(step, name)
        key = str(info.alias)
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            yield from ((key, inner) for inner in value.values() if isinstance(inner, str))
        elif name == "media":
            yield from ((key, inner) for inner in value)


def is_constant(step: StepModel) -> bool:
    """True when the step is the same for every message and recipient, so that its track can be cached."""
    if isinstance(step, ChooseModel) or getattr(step, "to", None) is not None:
        return False
    if isinstance(step, CallbackModel) and step.set:
        return False
    return not any("${" in text for _, text in texts_of(step))
