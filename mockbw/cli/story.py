"""The journal as a story a person reads: virtual time, event, the endpoint's answer, what comes next."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.output import answered
from mockbw.cli.words import clock_face
from mockbw.core import entries as j
from mockbw.core.model import Direction, Event, Outcome
from mockbw.journal.memory import MemoryJournal

__all__ = ["Story", "watch"]

EVENT_STYLES = {
    "message-sent": "cyan",
    "message-sending": "cyan",
    "message-delivered": "green",
    "message-failed": "red",
    "message-received": "magenta",
}


TOLD_ATTEMPTS = 9
"""How many failed attempts of a callback are told one by one; those that follow in the same way are folded."""


class Story:
    """Turns the entries of one account into lines. Times are offsets from the first entry told."""

    def __init__(self) -> None:
        self._begin: int | None = None
        self._events: dict[str, Event] = {}
        self._started: dict[str, int] = {}
        self._answers: dict[str, tuple[int, Outcome]] = {}

    def tell(self, entry: j.Entry) -> Text | None:
        """Return the line for an entry, or None when it adds nothing to the story."""
        if self._begin is None:
            self._begin = entry.time
        match entry:
            case j.MessageAccepted():
                return self._line(entry.time, Text("POST /messages", "bold"), Text("202", "bold green"), _summary(entry))
            case j.MessageRefused(because=because):
                return self._line(entry.time, Text("POST /messages", "bold"), Text("refused", "bold red"), Text(because, "dim"))
            case j.MessageReceived(message=message):
                said = Text(f"the handset {message.sender} says {message.text!r}", "magenta")
                return self._line(entry.time, said, Text(""), Text(""))
            case j.CallbackCreated():
                self._events[entry.callback] = entry.event
            case j.CallbackWithheld():
                return self._line(entry.time, _event(entry.event), Text("not told", "yellow"), Text(entry.because, "dim"))
            case j.AttemptStarted():
                self._started[entry.callback] = entry.time
            case j.AttemptFinished():
                self._answers[entry.callback] = (entry.number, entry.outcome)
            case j.AttemptScheduled(callback=callback, due=due) if callback in self._answers:
                number, _ = self._answers[callback]
                if number > TOLD_ATTEMPTS + 1:
                    return None
                folds = number == TOLD_ATTEMPTS + 1
                then = "… and so on" if folds else f"next attempt at {clock_face(due - self._begin)}"
                return self._attempt(callback, Text(then, "yellow"))
            case j.CallbackDelivered(callback=callback):
                return self._attempt(callback, Text(""))
            case j.CallbackExpired(callback=callback, attempts=attempts):
                return self._attempt(callback, Text(f"expired after {attempts} attempts: dropped", "bold red"))
            case j.NetworkReplied(text=text):
                return self._line(entry.time, Text(f"the network says {text!r}", "magenta"), Text(""), Text(""))
        return None

    def _attempt(self, callback: str, then: Text) -> Text:
        number, outcome = self._answers.pop(callback)
        time = self._started[callback]
        event = _event(self._events[callback])
        if number > 1:
            event.append(f"  attempt {number}", "dim")
        return self._line(time, event, answered(outcome), then)

    def _line(self, time: int, what: Text, answer: Text, then: Text) -> Text:
        line = Text.assemble("  ", (f"{clock_face(time - (self._begin or 0)):<12}", "dim"))
        line.append_text(_padded(what, 38)).append_text(_padded(answer, 9)).append_text(then)
        line.rstrip()
        return line


Result = TypeVar("Result")


async def watch(journal: MemoryJournal, account: str, playing: asyncio.Task[Result]) -> Result:
    """Tell what is newly written about an account until ``playing`` is over; return or raise what it does."""
    story, last = Story(), journal.last
    while True:
        over = playing.done()
        entries = list(journal.read(last, account))
        last = journal.last
        for stamped in entries:
            if (line := story.tell(stamped.entry)) is not None:
                stdout.print(line)
        if over:
            return await playing
        news = asyncio.create_task(journal.changed(last))
        await asyncio.wait({playing, news}, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()


def _padded(text: Text, width: int) -> Text:
    text.append(" " * max(1, width - text.cell_len))
    return text


def _event(event: Event) -> Text:
    text = Text(event.type, EVENT_STYLES.get(event.type, "white"))
    if event.error is not None:
        text.append(f" {event.error}", "bold red")
    if event.recipient is not None:
        text.append(f" {event.recipient}", "dim")
    return text


def _summary(entry: j.MessageAccepted) -> Text:
    message = entry.message
    parts = [message.kind.value.upper(), f"to {', '.join(message.to)}"]
    if message.direction is Direction.OUT and message.media:
        parts.append(f"with {len(message.media)} media")
    return Text("  ".join(parts), "dim")
