"""A rehearsal as a schedule: what happens when, each attempt of each callback, and what comes after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mockbw.core import entries as j
from mockbw.core.model import Event
from mockbw.core.narrative import AttemptMade, narrate
from mockbw.documents.durations import format_duration
from mockbw.scenario.expectations import Judgement, judge
from mockbw.scenario.rehearsal import START, Rehearsal

DRAWN = 100
"""How many attempts of a callback are drawn; the others are counted."""

__all__ = ["Row", "Schedule", "schedule_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happens. ``at`` and ``next`` are virtual milliseconds from the start.

    ``what``: ``accepted``, ``refused``, ``received``, ``attempt``, ``not told``, ``outage``, ``state`` or ``network``.
    ``next``: when the callback is attempted again; ``ends``: how it ended with this attempt.
    """

    at: int
    what: str
    text: str
    callback: str | None = None
    event: str | None = None
    recipient: str | None = None
    error: int | None = None
    attempt: int | None = None
    answer: str | None = None
    next: int | None = None
    ends: str | None = None
    lasts: int = 0

    @property
    def data(self) -> dict[str, Any]:
        """The row as JSON data, without what it has not."""
        return {key: value for key, value in asdict(self).items() if value is not None and (key != "lasts" or value)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """What would happen, in order."""

    rehearsal: Rehearsal
    rows: tuple[Row, ...]
    judgements: tuple[Judgement, ...]

    @property
    def span(self) -> int:
        """How long it takes until the last thing happens, in virtual milliseconds."""
        return max((row.at + row.lasts for row in self.rows), default=0)

    @property
    def data(self) -> dict[str, Any]:
        """The schedule as JSON data."""
        source = self.rehearsal.source
        return {
            "scenario": source.name,
            "description": source.scenario.description,
            "edition": self.rehearsal.edition,
            "answers": list(self.rehearsal.answers),
            "rows": [row.data for row in self.rows],
            "expect": [{"expected": entry.expected, "differences": list(entry.differences)} for entry in self.judgements],
        }


def schedule_of(rehearsal: Rehearsal) -> Schedule:
    """Return the schedule, with a judgement of all that can be judged without an application that sends something."""
    played = () if rehearsal.message is None else (rehearsal.message.id,)
    judged = zip(rehearsal.source.scenario.expect, judge(rehearsal.source, rehearsal.records, played), strict=True)
    judgements = tuple(judgement for expectation, judgement in judged if expectation.sends is None)
    return Schedule(rehearsal, tuple(sorted(_rows(rehearsal.entries), key=lambda row: row.at)), judgements)


def _rows(entries: list[j.Entry]) -> Iterator[Row]:
    left_out: Counter[str] = Counter()
    for fact in narrate(entries):
        at = fact.time - START
        match fact:
            case AttemptMade(callback=callback, number=number, next_due=int()) if number > DRAWN:
                left_out[callback] += 1
            case AttemptMade(created=j.CallbackCreated(event=event)):
                more = left_out.pop(fact.callback, 0)
                yield Row(
                    at,
                    "attempt",
                    f"{_label(event)} (after {more} more attempts)" if more else _label(event),
                    callback=fact.callback,
                    event=event.type,
                    recipient=event.recipient,
                    error=event.error,
                    attempt=fact.number,
                    answer=str(fact.outcome),
                    next=None if fact.next_due is None else fact.next_due - START,
                    ends=None if fact.end is None else fact.end.status.value,
                )
            case j.MessageAccepted(message=message):
                text = f"{message.kind.value.upper()} from {message.sender} to {', '.join(message.to)} is accepted"
                yield Row(at, "accepted", text)
            case j.MessageRefused(to=to):
                yield Row(at, "refused", f"the message to {', '.join(to)} is refused: it is not taken")
            case j.MessageReceived(message=message):
                yield Row(at, "received", f"the handset {message.sender} says {message.text!r}")
            case j.CallbackWithheld(event=event, because=because):
                text = f"{_label(event)}: {because}"
                yield Row(at, "not told", text, event=event.type, recipient=event.recipient, error=event.error)
            case j.OutageBegan(until=until, answer=answer):
                how = answer.status or answer.connection.value
                text = f"the API answers {how} for {format_duration(until - fact.time)}"
                yield Row(at, "outage", text, lasts=until - fact.time)
            case j.StateSet(number=number, state=state):
                yield Row(at, "state", f"the handset {number} enters state {state}")
            case j.NetworkReplied(sender=sender, to=to, text=text):
                yield Row(at, "network", f"the network answers {to} for {sender}: {text}")


def _label(event: Event) -> str:
    parts = (str(event), event.recipient, f"({event.corruption})" if event.corruption else None)
    return " ".join(part for part in parts if part is not None)
