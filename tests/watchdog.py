"""Finds what holds the server's event loop, so that everybody else waits."""

from __future__ import annotations

import asyncio
import gc
from time import thread_time
from typing import Any, Self

LONGEST = 0.05
"""How many seconds of CPU a step of a task may take. CPU, so that a busy machine makes no difference."""

OURS = ("/mockbw/", "/aiohttp/web_protocol.py")


class Watchdog:
    """Measures every step of the server's tasks while it is entered; ``held`` says which took too long.

    Collections of garbage do not count: in a test run they go through what all tests have left.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.held: list[str] = []
        self._run = asyncio.Handle._run
        self._collecting = self._began = 0.0

    def __enter__(self) -> Self:
        run = self._run

        def measured(handle: asyncio.Handle) -> None:
            name = _task_of_server(handle)
            before, self._collecting = thread_time(), 0.0
            run(handle)
            if name is not None:
                self.steps += 1
                if (took := thread_time() - before - self._collecting) > LONGEST:
                    self.held.append(f"{name} held the loop for {1000 * took:.0f} ms of CPU")

        asyncio.Handle._run = measured  # type: ignore[method-assign]
        gc.callbacks.append(self._collected)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.Handle._run = self._run  # type: ignore[method-assign]
        gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, _: Any) -> None:
        if phase == "start":
            self._began = thread_time()
        else:
            self._collecting += thread_time() - self._began


def _task_of_server(handle: asyncio.Handle) -> str | None:
    """Return the name of the coroutine if the handle is a step of one of the server's tasks."""
    task = getattr(handle._callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return None
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    return str(code.co_qualname) if code is not None and any(part in code.co_filename for part in OURS) else None
