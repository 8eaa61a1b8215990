"""What was observed while a drill was played: every callback with its attempts, what the application sent, what it stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mockbw.core.entries import RequestAnswered
from mockbw.core.model import Direction, Event, Message, Outcome
from mockbw.core.state import Records

__all__ = ["Evidence", "ObservedAttempt", "ObservedCallback", "PlayedScenario", "observed"]


@dataclass(frozen=True, slots=True)
class ObservedAttempt:
    """One attempt that has ended. ``at`` is virtual milliseconds since the start of its scenario."""

    at: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ObservedCallback:
    """One callback as it was played, over ``wire``. ``at`` is when its event happened."""

    scenario: str
    wire: str
    message: Message
    event: Event
    at: int
    attempts: tuple[ObservedAttempt, ...]

    @property
    def last(self) -> Outcome | None:
        """How its last attempt ended; None when there was none."""
        return self.attempts[-1].outcome if self.attempts else None

    @property
    def inbound(self) -> bool:
        """True when it is about a message from a handset."""
        return self.message.direction is Direction.IN

    @property
    def label(self) -> str:
        """The event's type, with its error code if it has one: ``message-failed 4770``."""
        event = self.event
        kind = dict(event.changes).get("type", event.type)
        error = dict(event.changes).get("errorCode", event.error)
        return f"{kind}{'' if error is None else f' {error}'}"


@dataclass(slots=True)
class PlayedScenario:
    """One scenario as it was played: its callbacks, and what the application did meanwhile.

    ``status`` is what the application has stored about the message; None when it was not queried or has nothing.
    ``seconds`` is wall time.
    """

    scenario: str
    message: Message | None
    observed: list[ObservedCallback]
    sent: list[Message] = field(default_factory=list)
    status: str | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Evidence:
    """Everything observed in one drill. ``refused`` are requests of the application that the platform's API refused."""

    limit: int
    parts: list[PlayedScenario] = field(default_factory=list)
    refused: list[RequestAnswered] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """The expectations of the drill's scenarios that did not hold, as sentences."""

    @property
    def observed(self) -> Iterator[ObservedCallback]:
        """Every callback of the drill."""
        for part in self.parts:
            yield from part.observed


def observed(records: Records, scenario: str, wire: str, began: int) -> list[ObservedCallback]:
    """Return the callbacks of an account, in the order in which they were created. ``began`` is virtual milliseconds."""
    return [
        ObservedCallback(
            scenario,
            wire,
            records.messages[callback.message].message,
            callback.event,
            callback.event.time - began,
            tuple(
                ObservedAttempt(attempt.started - began, attempt.outcome)
                for attempt in callback.attempts
                if attempt.outcome is not None
            ),
        )
        for callback in records.callbacks.values()
    ]
