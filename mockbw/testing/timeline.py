"""The story of a test's account in lines that a person reads: messages, callbacks, attempts, in the order they happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mockbw.core import entries as j
from mockbw.core.model import Direction, Message
from mockbw.core.payload import format_time
from mockbw.documents.durations import format_duration

__all__ = ["story"]

LONGEST = 200
"""How many lines a story has at most; the middle is left out."""


def story(entries: Iterable[j.Entry]) -> list[str]:
    """Return one line for each thing that happened, with the virtual time since the first."""
    teller = _Teller()
    for entry in entries:
        teller.tell(entry)
    lines = teller.lines()
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


class _Teller:
    """Knows what the entries only name: callbacks, their last attempts, and when it all began."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []
        self._callbacks: dict[str, str] = {}
        self._attempts: dict[str, tuple[str, int, _Line | None]] = {}

    def tell(self, entry: j.Entry) -> None:
        if isinstance(entry, j.AttemptFinished):
            self._attempt(entry)
        else:
            self._lines.extend(_Line(entry.time, text) for text in self._texts(entry))

    def _attempt(self, entry: j.AttemptFinished) -> None:
        """Tell of an attempt; those that end like the one before share a line."""
        detail = f" ({entry.outcome.detail})" if entry.outcome.detail else ""
        outcome = f"{entry.outcome}{detail}"
        before, first, line = self._attempts.get(entry.callback, ("", 0, None))
        if before == outcome:
            text = f"{self._name(entry.callback)} attempts {first} to {entry.number}: {outcome}"
            if line is None:
                first = entry.number
                line = _Line(entry.time, f"{self._name(entry.callback)} attempt {first}: {outcome}")
                self._lines.append(line)
            else:
                line.text, line.until = text, entry.time
        else:
            first, line = entry.number, None
            self._lines.append(_Line(entry.time, f"{self._name(entry.callback)} attempt {first}: {outcome}"))
        self._attempts[entry.callback] = (outcome, first, line)

    def lines(self) -> list[str]:
        if not self._lines:
            return []
        began = self._lines[0].time
        told = [f"{format_time(began)} is +0s"]
        for line in self._lines:
            until = f", the last at +{format_duration(line.until - began)}" if line.until is not None else ""
            told.append(f"{'+' + format_duration(line.time - began):>9}  {line.text}{until}")
        return told

    def _texts(self, entry: j.Entry) -> Iterator[str]:
        match entry:
            case j.MessageAccepted(message=message, plan=plan, queued=queued):
                plays = f"scenario {plan.scenario}" if plan.scenario else "the edition's own timeline"
                yield f"{_message(message)} {'queued' if queued else 'accepted'}: {plays}"
                for miss in plan.misses:
                    yield f"    not {miss}"
            case j.MessageRefused(to=to, because=because):
                yield f"a message to {', '.join(to)} was not taken: {because}"
            case j.MessageReceived(message=message):
                yield f"{_message(message)} received"
            case j.MessageCancelled(message=message):
                yield f"message {message} cancelled"
            case j.CallbackCreated(callback=callback, event=event, url=url):
                about = f" about {event.recipient}" if event.recipient else ""
                code = f" {event.error}" if event.error is not None else ""
                self._callbacks[callback] = f"{callback} {event.type}{code}"
                yield f"{callback} {event.type}{code}{about}: to {url}"
            case j.CallbackWithheld(event=event, because=because):
                yield f"{event.type}: nobody is told, {because}"
            case j.CallbackExpired(callback=callback, attempts=attempts):
                yield f"{self._name(callback)} expired after {attempts} attempts"
            case j.CallbackCancelled(callback=callback, because=because):
                yield f"{self._name(callback)} cancelled: {because}"
            case _:
                yield from _aside(entry)

    def _name(self, callback: str) -> str:
        return self._callbacks.get(callback, callback)


def _aside(entry: j.Entry) -> Iterator[str]:
    match entry:
        case j.RequestAnswered(method=method, path=path, status=status, because=because) if because:
            yield f"{method} {path} answered {status or 'by no status'}: {because}"
        case j.NetworkReplied(to=to, text=text):
            yield f"the network answers {to}: {text!r}"
        case j.OptedOut(number=number, consumer=consumer):
            yield f"{consumer} has opted out of {number}"
        case j.OptedIn(number=number, consumer=consumer):
            yield f"{consumer} has opted in to {number} again"
        case j.StateSet(number=number, state=state):
            yield f"the handset {number} is in state {state}"
        case j.OutageBegan(until=until):
            yield f"the API is out of order for {format_duration(max(0, until - entry.time))}"
        case j.StepPassed(because=because):
            yield f"a step had nothing to do: {because}"


def _message(message: Message) -> str:
    text = "" if message.text is None else f" {message.text if len(message.text) <= 60 else message.text[:59] + '…'!r}"
    media = f" +{len(message.media)} media" if message.media else ""
    way = "out" if message.direction is Direction.OUT else "in"
    return f"{way} {message.kind.value} {message.sender} → {', '.join(message.to)}{text}{media}"
