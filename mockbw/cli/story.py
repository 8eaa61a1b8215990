"""The journal as a story a person reads: virtual time, event, the endpoint's answer, what comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TypeVar

from rich.text import Text

from mockbw.cli.advice import reason, remedy
from mockbw.cli.console import stdout
from mockbw.cli.output import answered
from mockbw.cli.words import clock_face
from mockbw.core import entries as j
from mockbw.core.model import CallbackStatus, Direction, Event, Message, Outcome
from mockbw.core.narrative import AttemptMade, CallbackEnded, Fact, Narrative
from mockbw.journal.memory import MemoryJournal
from mockbw.redaction import hide_url

__all__ = ["Story", "watch"]

EVENT_STYLES = {
    "message-sent": "cyan",
    "message-sending": "cyan",
    "message-delivered": "green",
    "message-failed": "red",
    "message-received": "magenta",
}


SHOWN_ATTEMPTS = 9
"""How many failed attempts of a callback are shown one by one; of those that follow, only the one that ends it."""


_INDENT = " " * 14
"""What stands before the text of a line that has no time."""


class Story:
    """Turns the entries of one account into lines. Times are offsets from the first entry.

    ``for_server``: of attempts only those are shown that change something, each failure with its URL and what to do about it;
    no line repeats what a person wrote; ``every`` shows all of them. ``width``: a line that is longer has what comes next on a
    line of its own; None: there is no limit.
    """

    def __init__(self, *, for_server: bool = False, every: bool = False, width: int | None = None) -> None:
        self._narrative = Narrative()
        self._begin: int | None = None
        self._for_server, self._every = for_server, every
        self._width = stdout.width if width is None and stdout.is_terminal else width
        self._refused_at = -1

    def knows(self, callback: str) -> bool:
        """Return whether an entry about that callback was read."""
        return self._narrative.knows(callback)

    def read(self, entry: j.Entry) -> None:
        """Take in an entry that is not to be shown: it came before those that are."""
        self._narrative.facts(entry)

    def lines(self, entry: j.Entry) -> Iterator[Text]:
        """Yield the lines that can be written once the entry is there."""
        if self._begin is None:
            self._begin = entry.time
        for fact in self._narrative.facts(entry):
            yield from self._lines(fact)

    def _lines(self, fact: Fact) -> Iterator[Text]:
        match fact:
            case j.MessageAccepted(message=message):
                yield self._line(fact.time, Text("POST /messages", "bold"), Text("202", "bold green"), _summary(message))
            case j.MessageRefused(because=because):
                self._refused_at = fact.time
                yield self._line(fact.time, Text("POST /messages", "bold"), Text("refused", "bold red"), Text(because, "dim"))
            case j.RequestAnswered(status=status, because=because) if (
                self._for_server and status >= 400 and fact.time != self._refused_at
            ):
                path = fact.path.rsplit("/", 1)[-1]
                yield self._line(
                    fact.time, Text(f"{fact.method} /{path}", "bold"), Text(f"{status}", "bold red"), Text(because, "dim")
                )
            case j.MessageReceived(message=message):
                words = f"sends {message.kind.value.upper()}" if self._for_server else f"says {message.text!r}"
                yield self._line(fact.time, Text(f"the handset {message.sender} {words}", "magenta"))
            case j.CallbackWithheld(event=event, because=because):
                yield self._line(fact.time, _event(event), Text("not sent", "yellow"), Text(because, "dim"))
            case AttemptMade() if self._is_shown(fact):
                yield self._line(fact.time, _attempt(fact), answered(fact.outcome), self._next(fact))
                if self._for_server and not fact.outcome.delivered:
                    yield from _failure(fact.outcome, fact.created)
            case CallbackEnded():
                yield self._line(fact.time, _callback(fact), then=_end(fact))
                if self._for_server and fact.status is CallbackStatus.EXPIRED and fact.last is not None:
                    yield from _failure(fact.last, fact.created)
            case j.NetworkReplied(text=text):
                words = "the network answers" if self._for_server else f"the network says {text!r}"
                yield self._line(fact.time, Text(words, "magenta"))

    def _is_shown(self, attempt: AttemptMade) -> bool:
        if self._every or attempt.next_due is None:
            return True
        return attempt.repeats == 0 if self._for_server else attempt.number <= SHOWN_ATTEMPTS + 1

    def _next(self, attempt: AttemptMade) -> Text:
        """Return what comes after an attempt."""
        if attempt.end is not None:
            return _end(attempt.end)
        if attempt.next_due is None:
            return Text("")
        if attempt.number > SHOWN_ATTEMPTS and not self._for_server:
            return Text("… and so on", "yellow")
        return Text(f"next attempt at {clock_face(attempt.next_due - (self._begin or 0))}", "yellow")

    def _line(self, time: int, what: Text, answer: Text | None = None, then: Text | None = None) -> Text:
        line = Text.assemble("  ", (f"{clock_face(time - (self._begin or 0)):<12}", "dim"))
        line.append_text(_padded(what, 38)).append_text(_padded(answer or Text(""), 9))
        if then is not None and self._width is not None and line.cell_len + then.cell_len > self._width:
            line.rstrip()
            line.append(f"\n{_INDENT}")
        line.append_text(then or Text(""))
        line.rstrip()
        return line


def _failure(outcome: Outcome, created: j.CallbackCreated | None) -> Iterator[Text]:
    """Yield what failed, where, and what to do about it."""
    if created is None:
        yield Text(f"{_INDENT}{reason(outcome)}", "red")
        return
    url = hide_url(created.url)
    yield Text.assemble(_INDENT, (f"{url}: ", "dim"), (reason(outcome), "red"))
    if advice := remedy(outcome, created.url):
        yield Text(f"{_INDENT}{advice}", "cyan")


def _end(end: CallbackEnded) -> Text:
    match end.status:
        case CallbackStatus.EXPIRED:
            return Text(f"expired after {end.attempts} attempts: dropped", "bold red")
        case CallbackStatus.CANCELLED:
            return Text(f"no more attempts: {end.because}", "yellow")
    return Text("")


Result = TypeVar("Result")


async def watch(journal: MemoryJournal, account: str, playing: asyncio.Task[Result]) -> Result:
    """Print what is newly written about an account until ``playing`` is over; return or raise what it does."""
    story, last = Story(), journal.last
    while True:
        over = playing.done()
        entries = list(journal.read(last, account))
        last = journal.last
        for stamped in entries:
            for line in story.lines(stamped.entry):
                stdout.print(line)
        if over:
            return await playing
        news = asyncio.create_task(journal.changed(last))
        await asyncio.wait({playing, news}, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()


def _padded(text: Text, width: int) -> Text:
    text.append(" " * max(1, width - text.cell_len))
    return text


def _attempt(attempt: AttemptMade) -> Text:
    text = _callback(attempt)
    if attempt.number > 1:
        text.append(f"  attempt {attempt.number}", "dim")
    return text


def _callback(fact: AttemptMade | CallbackEnded) -> Text:
    return Text(fact.callback) if fact.created is None else _event(fact.created.event)


def _event(event: Event) -> Text:
    text = Text(event.type, EVENT_STYLES.get(event.type, "white"))
    if event.error is not None:
        text.append(f" {event.error}", "bold red")
    if event.recipient is not None:
        text.append(f" {event.recipient}", "dim")
    return text


def _summary(message: Message) -> Text:
    parts = [message.kind.value.upper(), f"to {', '.join(message.to)}"]
    if message.direction is Direction.OUT and message.media:
        parts.append(f"with {len(message.media)} media")
    return Text("  ".join(parts), "dim")
