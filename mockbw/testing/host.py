"""Where a test's code runs: the thread or event loop that waits for mockbw, and runs the application meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextvars import ContextVar
from threading import Condition
from types import TracebackType
from typing import Any, TypeVar

from mockbw.errors import MockbwError
from mockbw.wallclock import monotonic_ms

__all__ = ["SHORT_TRACEBACK", "AwaitingLoop", "CallingThread", "RealTimeLoop"]

LOOK = 1.0
"""After how many seconds of waiting for the server its thread is looked at."""

__tracebackhide__ = True  # pytest shows the line of the test, not ours

T = TypeVar("T")

_CALLED_BACK = "the application is handling a callback right now: time moves only after it has answered"
_inside: ContextVar[bool] = ContextVar("inside a callback", default=False)


class RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers run in real time while a test has frozen its own time."""

    def time(self) -> float:
        """Return seconds of a clock that never goes back."""
        return monotonic_ms() / 1000


class _ShortTraceback:
    """Cuts the traceback of an error that is raised on purpose, since where it came from explains nothing."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, MockbwError):
            raise error.with_traceback(None) from None


SHORT_TRACEBACK = _ShortTraceback()


def _contained(error: BaseException) -> BaseException:
    """Return an error that can be raised in the server's loop: what ends a program would end the loop there."""
    if isinstance(error, Exception | asyncio.CancelledError):
        return error
    contained = RuntimeError(f"{type(error).__name__}: {error}")
    contained.__cause__ = error
    return contained


class CallingThread:
    """The thread of a sync test: while it waits in ``run``, it runs the application.

    So the application runs in the test's own thread, with its database connection and its context, as it does under a
    framework's test client.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Callable[[], None]] = deque()
        self._changed = Condition()
        self._runner: asyncio.Runner | None = None
        self._working = False

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine of the server's loop.

        Raises:
            MockbwError: waiting here would block what is waited for.
        """
        problem = self._why_not()
        if problem is not None:
            coroutine.close()
            raise MockbwError(problem)
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        future.add_done_callback(self._wake)
        try:
            while (job := self._next_job(future)) is not None:
                self._working = True
                try:
                    job()
                finally:
                    self._working = False
        except BaseException:
            future.cancel()
            raise
        return future.result()

    def _why_not(self) -> str | None:
        if self._working:
            return _CALLED_BACK
        try:
            waiting = asyncio.current_task() is not None
        except RuntimeError:
            waiting = False
        return "this would block the event loop of an async test: use the fixture async_mockbw there" if waiting else None

    def _wake(self, _: Future[Any]) -> None:
        with self._changed:
            self._changed.notify_all()

    def _next_job(self, future: Future[Any]) -> Callable[[], None] | None:
        with self._changed:
            while not self._jobs and not future.done():
                self._changed.wait(LOOK)
                if not self._loop.is_running():
                    raise MockbwError("the server's thread has ended: see the log")
            return None if future.done() else self._jobs.popleft()

    async def blocking(self, function: Callable[[], T]) -> T:
        """Let the waiting thread run the function; if it is not waiting, it runs as soon as it does."""
        done: Future[T] = Future()

        def job() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                result = function()
            except BaseException as error:
                done.set_exception(_contained(error))
                if not isinstance(error, Exception | asyncio.CancelledError):
                    raise
            else:
                done.set_result(result)

        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()
        return await asyncio.wrap_future(done)

    async def coroutine(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the coroutine in the waiting thread, on one loop that is kept for the whole test."""
        task: asyncio.Task[Any] | None = None
        abandoned = False

        async def tracked() -> T:
            nonlocal task
            task = asyncio.current_task()
            if abandoned:
                raise asyncio.CancelledError
            return await make()

        try:
            return await self.blocking(lambda: self._opened().run(tracked()))
        except asyncio.CancelledError:
            abandoned = True
            if task is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)
            raise

    def _opened(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner(loop_factory=RealTimeLoop)
        return self._runner

    def finish(self, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a last coroutine; called in the test's thread itself."""
        self._opened().run(make())

    def close(self) -> None:
        """Close the loop that ran the application's coroutines."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None


class AwaitingLoop:
    """The event loop of an async test: the application's coroutines run there, its blocking code in a thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._server_loop = loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known = asyncio.Event()

    def here(self) -> None:
        """Remember the running loop as the test's."""
        running = asyncio.get_running_loop()
        if running is not self._loop:
            self._loop = running
            self._server_loop.call_soon_threadsafe(self._known.set)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return an awaitable of the test's loop for a coroutine of the server's.

        Raises:
            MockbwError: it would wait for the callback that it is called from.
        """
        if _inside.get():
            coroutine.close()
            raise MockbwError(_CALLED_BACK)
        self.here()
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._server_loop))

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run blocking code in a thread, so that the test's loop stays free for what that code may call."""

        def contained() -> T:
            try:
                return function()
            except (KeyboardInterrupt, SystemExit) as error:
                raise _contained(error) from None

        return await asyncio.to_thread(contained)

    async def coroutine(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the coroutine on the test's loop, once that is known."""
        await self._known.wait()
        assert self._loop is not None, "set before the event"

        async def marked() -> T:
            _inside.set(True)
            try:
                return await make()
            except (KeyboardInterrupt, SystemExit) as error:
                raise _contained(error) from None

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(marked(), self._loop))

    def finish(self, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a last coroutine on the test's loop, which is not running any more; on another one when it has been closed."""
        if self._loop is None or self._loop.is_closed():
            with asyncio.Runner(loop_factory=RealTimeLoop) as runner:
                runner.run(make())
        else:
            self._loop.run_until_complete(make())

    def close(self) -> None:
        """The loop belongs to the test: nothing to close."""
