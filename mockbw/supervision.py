"""Supervision of worker threads and tasks: when an exception ends one, the server must not continue as if nothing had happened.

Every part of a server that can fail reports to one ``Health``, which ``readyz``, the metrics and the log show. Threads and tasks
that run as long as the server does are started here, so that an exception that ends one is such a failure.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["Health", "described", "start_task", "start_thread"]

log = logging.getLogger("mockbw")


class Health:
    """The parts of a server that have failed and not recovered, by name; any thread may report.

    ``counts`` are the failures of each part so far; parts are named by the code, never by clients.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._failures: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def failures(self) -> dict[str, str]:
        """Every part that has failed and has not recovered, with the reason."""
        with self._lock:
            return dict(self._failures)

    @property
    def failure(self) -> str | None:
        """Why the server is not healthy, in one line; None when it is."""
        return "; ".join(self.failures.values()) or None

    def failed(self, part: str, why: str, error: BaseException | None = None) -> None:
        """Report a failure. It is logged, with the traceback of ``error``, unless the part failed for the same reason before."""
        with self._lock:
            known = self._failures.get(part)
            self._failures[part] = why
            if known is None:
                self.counts[part] += 1
        if known != why:
            log.error("%s", why, exc_info=error)

    def recovered(self, part: str) -> bool:
        """Report that a part works again; return whether it had failed."""
        with self._lock:
            return self._failures.pop(part, None) is not None


def described(error: BaseException) -> str:
    """Return an exception as part of a sentence: its type, and its message if it has one."""
    said = str(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def start_thread(part: str, work: Callable[[], None], ended: Callable[[BaseException], None]) -> threading.Thread:
    """Run ``work`` in a thread of its own; when an exception ends it, ``ended`` is called with it as the last thing.

    Raises:
        RuntimeError: the system cannot start another thread.
    """

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - SystemExit, too, would end the thread unnoticed
            ended(error)

    thread = threading.Thread(target=run, name=f"mockbw-{part}", daemon=True)
    thread.start()
    return thread


def start_task(part: str, work: Coroutine[Any, Any, None], health: Health) -> asyncio.Task[None]:
    """Run ``work`` as a task; an exception that ends it is a lasting failure of the part. Cancelling it is not."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            health.failed(part, f"the {part} has stopped, which is a bug in mockbw: {described(error)}", error)

    task = asyncio.get_running_loop().create_task(work, name=f"mockbw-{part}")
    task.add_done_callback(ended)
    return task
