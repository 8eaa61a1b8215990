"""The model of a timeline: steps at virtual times, ready to be played, and the plan they form for one message.

Scenario files are compiled to this (``scenario/compile.py``); everything random or looked up is resolved by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from msgspec import field

from mockbw.core.base import Value
from mockbw.core.ids import RandomBits
from mockbw.core.model import Message
from mockbw.core.retry import RetrySchedule

__all__ = [
    "ApiAnswer",
    "CallbackStep",
    "Connection",
    "FallbackStep",
    "Miss",
    "OutageStep",
    "Plan",
    "Playbook",
    "ReplyStep",
    "SetStateStep",
    "Situation",
    "Step",
    "Timed",
    "Track",
]


class Connection(StrEnum):
    """What the API does with the connection instead of, or while, answering."""

    KEEP = "keep"
    RESET = "reset"
    SILENT = "silent"
    TRUNCATED = "truncated"


class ApiAnswer(Value, frozen=True):
    """How ``POST /messages`` is answered when not by a plain 202.

    ``taken``: the message is sent although the client gets another answer. ``delay`` is wall milliseconds.
    ``status`` None means the platform's own answer. ``body`` is JSON data; None means the edition's body for the status.
    """

    status: int | None = None
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    delay: int = 0
    connection: Connection = Connection.KEEP
    taken: bool = True

    @property
    def merely_late(self) -> bool:
        """True when the answer is the platform's own, only delayed."""
        return self.status is None and self.body is None and self.connection is Connection.KEEP


class CallbackStep(Value, frozen=True, tag=True):
    """An event happens and is sent to the endpoint, unless ``dropped``; ``copies`` 2 sends it twice."""

    event: str
    error: int | None = None
    description: str | None = None
    carrier: str | None = None
    copies: int = 1
    early: bool = False
    dropped: bool = False
    corruption: str | None = None
    changes: tuple[tuple[str, Any], ...] = ()
    omitted: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


class ReplyStep(Value, frozen=True, tag=True):
    """The handset answers the message; ``sender`` None means the recipient's own number.

    To an RBM message it can answer by tapping a suggestion (``suggestion`` is its postback data, ``text`` what it says) or
    with its ``location``: latitude and longitude (P13).
    """

    text: str
    media: tuple[str, ...] = ()
    sender: str | None = None
    suggestion: str | None = None
    location: tuple[str, str] | None = None


class OutageStep(Value, frozen=True, tag=True):
    """The API answers every request with ``answer`` for ``duration`` virtual milliseconds."""

    duration: int
    answer: ApiAnswer


class SetStateStep(Value, frozen=True, tag=True):
    """The recipient's handset enters a state that other scenarios can match."""

    state: str


class FallbackStep(Value, frozen=True, tag=True):
    """A channel of a multi-channel message fails with ``code``, and the next one is tried (P13)."""

    failed_channel: str
    code: int | None
    next_channel: str


Step: TypeAlias = CallbackStep | ReplyStep | OutageStep | SetStateStep | FallbackStep


class Timed(Value, frozen=True):
    """A step with its time: ``offset`` milliseconds from acceptance (``at:``), or from leaving the queue (``after:``).

    ``channel`` is the index of the channel of a multi-channel message on which the step happens.
    """

    offset: int
    step: Step
    from_acceptance: bool = False
    channel: int | None = None


Track: TypeAlias = tuple[Timed, ...]
"""The steps for one recipient, in the order in which they are played."""


class Miss(Value, frozen=True):
    """A scenario that was not played, and why."""

    scenario: str
    because: str

    def __str__(self) -> str:
        return f"{self.scenario}: {self.because}"


class Plan(Value, frozen=True, rename={"tracks": "lanes"}):
    """What will happen to one message: a track for each recipient, in the order of ``message.to``.

    ``scenario`` None means the edition's own timeline; then ``misses`` are the scenarios that came closest to a match.
    Journals on disk have ``lanes`` for ``tracks``.
    """

    tracks: tuple[Track, ...]
    scenario: str | None = None
    answer: ApiAnswer | None = None
    retry: RetrySchedule | None = None
    misses: tuple[Miss, ...] = ()


class Situation(Value, frozen=True):
    """What the choice of a scenario may depend on besides the message: earlier plays, handset states, opted-out recipients."""

    plays: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    """Recipients that the platform itself refuses, with the error code (opted out, not a number of the account …)."""
    silent: str = ""
    """Why the message is accepted and no event is ever sent (P4); empty when events are sent."""


class Playbook(Protocol):
    """Chooses and compiles what happens to a message; implemented by the scenario language (``mockbw.scenario``)."""

    def plan(self, message: Message, situation: Situation, random: RandomBits) -> Plan:
        """Return the plan for an outbound message; the same arguments give the same plan."""
        ...
