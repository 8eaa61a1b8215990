"""Dispatches the attempts of one account: in order for each origin, with limited concurrency."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

from yarl import URL

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import Fault, Outcome
from mockbw.delivery.outcomes import Sender
from mockbw.delivery.shortage import ShortageError, patiently

__all__ = ["Begun", "Dispatcher", "Owner"]

MOST_ORIGINS = 1_000
"""How many origins without attempts are remembered; then all such are forgotten, and with them which were unresponsive."""

SHORTAGE_PATIENCE = 60.0
"""How long an attempt waits while this machine is short of descriptors, ports or memory, in wall seconds. Then it counts as
interrupted, which uses no retry: it starts again."""

log = logging.getLogger("mockbw")


class Begun(NamedTuple):
    """An attempt in flight: its number in its callback, and when it started, in virtual milliseconds."""

    number: int
    at: int


class Owner(Protocol):
    """The owner of the attempts: it sets the concurrency, and records when they start and how they end.

    It is called for everything within one turn of the event loop before ``done``, and before any of the requests is sent.
    """

    def width_of_origin(self, *, unresponsive: bool) -> int:
        """Return how many attempts to one origin may be in flight; ``unresponsive``: the last of them timed out."""
        ...

    def begin_attempt(self, attempt: SendAttempt, since: int) -> Begun | None:
        """Record the start; None when the attempt is no longer needed."""
        ...

    def end_attempt(self, attempt: SendAttempt, begun: Begun, outcome: Outcome) -> None:
        """Record the end."""
        ...

    def drop_attempt(self, attempt: SendAttempt) -> None:
        """Drop an attempt that never started."""
        ...

    def fail(self, error: Exception) -> None:
        """What followed from an end has raised."""
        ...

    def done(self) -> None:
        """All consequences of an end have been performed."""
        ...


class _Waiting(NamedTuple):
    attempt: SendAttempt
    since: int


@dataclass(slots=True)
class _OriginQueue:
    """The attempts to one origin, in order."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    active: int = 0
    unresponsive: bool = False


class Dispatcher:
    """One queue for each origin, so that a slow or dead endpoint never delays another."""

    def __init__(self, sender: Sender, owner: Owner) -> None:
        self._sender, self._owner = sender, owner
        self._origins: dict[str, _OriginQueue] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, attempt: SendAttempt, since: int) -> None:
        """Put an attempt at the end of its queue; it starts immediately if there is room. ``since`` is passed back with it."""
        origin = _origin(attempt.url)
        queue = self._origins.get(origin)
        if queue is None:
            if len(self._origins) >= MOST_ORIGINS:
                self._origins = {name: queue for name, queue in self._origins.items() if queue.waiting or queue.active}
            queue = self._origins[origin] = _OriginQueue()
        queue.waiting.append(_Waiting(attempt, since))
        self._move(queue)

    def _move(self, queue: _OriginQueue) -> None:
        while queue.waiting and queue.active < self._owner.width_of_origin(unresponsive=queue.unresponsive):
            attempt, since = queue.waiting.popleft()
            begun = self._owner.begin_attempt(attempt, since)
            if begun is None:
                continue
            queue.active += 1
            task = asyncio.get_running_loop().create_task(self._make(queue, attempt, begun))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _make(self, queue: _OriginQueue, attempt: SendAttempt, begun: Begun) -> None:
        try:
            try:
                outcome = await self._sender.send(attempt)
            except ShortageError as error:
                outcome = await patiently(lambda: self._sender.send(attempt), error, SHORTAGE_PATIENCE)
        except asyncio.CancelledError:
            outcome = Outcome(fault=Fault.INTERRUPTED, detail="the server was stopped")
        except ShortageError as error:
            outcome = Outcome(fault=Fault.INTERRUPTED, detail=str(error))
        except Exception as error:  # a sender that breaks its contract must not leave the clock held forever
            log.exception("the attempt of %s failed inside mockbw", attempt.callback)
            outcome = Outcome(fault=Fault.PROTOCOL, detail=f"a bug in mockbw: {error!r}")
        queue.active -= 1
        queue.unresponsive = outcome.fault is Fault.TIMEOUT
        try:
            self._owner.end_attempt(attempt, begun, outcome)
            self._move(queue)
            self._owner.done()
        except Exception as error:  # noqa: BLE001 - nobody waits for this task
            self._owner.fail(error)

    def clear(self) -> None:
        """Drop every attempt that has not started."""
        for queue in self._origins.values():
            for waiting in queue.waiting:
                self._owner.drop_attempt(waiting.attempt)
            queue.waiting.clear()

    async def close(self, grace: float) -> None:
        """Drop what is queued, give attempts in flight ``grace`` wall seconds to end, then cancel them."""
        self.clear()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)


@lru_cache(maxsize=1024)
def _origin(url: str) -> str:
    try:
        return str(URL(url).origin())
    except ValueError:
        return url
