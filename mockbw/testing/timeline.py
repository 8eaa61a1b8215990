"""The timeline of a test's account in lines that a person reads: messages, callbacks, attempts, in the order they happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mockbw.core import entries as j
from mockbw.core.model import CallbackStatus, Direction, Message
from mockbw.core.narrative import AttemptMade, CallbackEnded, Fact, narrate
from mockbw.core.payload import format_time
from mockbw.documents.durations import format_duration

__all__ = ["render_timeline"]

LONGEST = 200
"""How many lines a timeline has at most; the middle is left out."""


def render_timeline(entries: Iterable[j.Entry]) -> list[str]:
    """Return one line for each thing that happened, with the virtual time since the first."""
    lines = _texts(_lines(narrate(entries)))
    if len(lines) > LONGEST:
        left_out = len(lines) - LONGEST
        half = LONGEST // 2
        lines = [*lines[:half], f"           … {left_out} lines left out …", *lines[-half:]]
    return lines


@dataclass(slots=True)
class _Line:
    time: int
    text: str
    until: int | None = None


def _texts(lines: list[_Line]) -> list[str]:
    if not lines:
        return []
    start = lines[0].time
    texts = [f"{format_time(start)} is +0s"]
    for line in lines:
        until = f", the last at +{format_duration(line.until - start)}" if line.until is not None else ""
        texts.append(f"{'+' + format_duration(line.time - start):>9}  {line.text}{until}")
    return texts


def _lines(facts: Iterable[Fact]) -> list[_Line]:
    """Return the lines; attempts that end like the one before share one."""
    lines: list[_Line] = []
    shared: dict[str, tuple[int, _Line]] = {}
    for fact in facts:
        if not isinstance(fact, AttemptMade):
            lines.extend(_Line(fact.time, text) for text in _sentences(fact))
            continue
        if fact.repeats > 1:
            first, line = shared[fact.callback]
            line.text, line.until = _attempts(fact, f"attempts {first} to {fact.number}"), fact.finished
        else:
            line = _Line(fact.finished, _attempts(fact, f"attempt {fact.number}"))
            shared[fact.callback] = (fact.number, line)
            lines.append(line)
        if fact.end is not None:
            lines.extend(_Line(fact.end.time, text) for text in _sentences(fact.end))
    return lines


def _attempts(fact: AttemptMade, which: str) -> str:
    detail = f" ({fact.outcome.detail})" if fact.outcome.detail else ""
    return f"{_name(fact)} {which}: {fact.outcome}{detail}"


def _name(fact: AttemptMade | CallbackEnded) -> str:
    return fact.callback if fact.created is None else f"{fact.callback} {fact.created.event}"


def _sentences(fact: Fact) -> Iterator[str]:
    match fact:
        case j.MessageAccepted(message=message, plan=plan, queued=queued):
            plays = f"scenario {plan.scenario}" if plan.scenario else "the edition's own timeline"
            yield f"{_message(message)} {'queued' if queued else 'accepted'}: {plays}"
            for miss in plan.misses:
                yield f"    not {miss}"
        case j.MessageRefused(to=to, because=because):
            yield f"a message to {', '.join(to)} was refused: {because}"
        case j.MessageReceived(message=message):
            yield f"{_message(message)} received"
        case j.MessageCancelled(message=message_id):
            yield f"message {message_id} cancelled"
        case j.CallbackCreated(callback=callback, event=event, url=url):
            concerning = f" about {event.recipient}" if event.recipient else ""
            yield f"{callback} {event}{concerning}: to {url}"
        case j.CallbackWithheld(event=event, because=because):
            yield f"{event}: no callback is sent, {because}"
        case CallbackEnded(status=CallbackStatus.EXPIRED, attempts=attempts):
            yield f"{_name(fact)} expired after {attempts} attempts"
        case CallbackEnded(status=CallbackStatus.CANCELLED, because=because):
            yield f"{_name(fact)}: no more attempts, {because}"
        case _:
            yield from _other_sentences(fact)


def _other_sentences(fact: Fact) -> Iterator[str]:
    match fact:
        case j.RequestAnswered(method=method, path=path, status=status, because=because) if because:
            yield f"{method} {path} {f'answered {status}' if status else 'not answered'}: {because}"
        case j.NetworkReplied(to=to, text=text):
            yield f"the network answers {to}: {text!r}"
        case j.OptedOut(number=number, consumer=consumer):
            yield f"{consumer} has opted out of {number}"
        case j.OptedIn(number=number, consumer=consumer):
            yield f"{consumer} has opted in to {number} again"
        case j.StateSet(number=number, state=state):
            yield f"the handset {number} is in state {state}"
        case j.OutageBegan(until=until):
            yield f"the API is out of order for {format_duration(max(0, until - fact.time))}"
        case j.StepPassed(because=because):
            yield f"a step had nothing to do: {because}"


def _message(message: Message) -> str:
    text = "" if message.text is None else f" {message.text if len(message.text) <= 60 else message.text[:59] + '…'!r}"
    media = f" +{len(message.media)} media" if message.media else ""
    way = "out" if message.direction is Direction.OUT else "in"
    return f"{way} {message.kind.value} {message.sender} → {', '.join(message.to)}{text}{media}"
