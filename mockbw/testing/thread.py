"""The server in its own thread, for tests and scripts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Self, TypeVar

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.errors import MockbwError
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.testing.host import LOOK, RealTimeLoop

__all__ = ["ServerThread"]

T = TypeVar("T")


class ServerThread:
    """A ``MockBandwidth`` that runs in a thread, on a loop whose time a test cannot freeze.

    ::

        with ServerThread() as server, MockAccount(server, callback_url="http://localhost:5000/callbacks") as mockbw:
            ...
            mockbw.advance("24h")

    Clocks are manual unless the settings choose another mode.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.double = MockBandwidth(settings or Settings(port=0, clock=ClockMode.MANUAL, grace=0.0))
        self.loop: asyncio.AbstractEventLoop = RealTimeLoop()
        self.test_accounts: set[str] = set()
        """The accounts that tests have used; a request to any other is a mistake of the application."""
        self._thread = threading.Thread(target=self._run, name="mockbw", daemon=True)

    def late_requests(self) -> list[str]:
        """Return a line for each account that was called after its test was over, since the last test that could report it."""
        engine = self.double.engine
        return [f"account {name}: {count} refused, since {engine.retired[name]}" for name, count in engine.late.items()]

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def start(self) -> None:
        """Start the thread and listen.

        Raises:
            StartError: the address cannot be listened on.
        """
        self._thread.start()
        try:
            self.run(self.double.start())
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Stop listening, cancel what is in flight, and end the thread."""
        self.run(self.double.stop())
        self._end()

    def _end(self) -> None:
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function in the server's thread and return what it returns."""
        if threading.current_thread() is self._thread:
            return function(*arguments)
        done: Future[T] = Future()

        def job() -> None:
            try:
                done.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001 - it is raised to the caller, which waits for the result
                done.set_exception(error)

        self.loop.call_soon_threadsafe(job)
        return self._result(done)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop and return what it returns."""
        return self._result(asyncio.run_coroutine_threadsafe(coroutine, self.loop))

    def _result(self, future: Future[T]) -> T:
        """Wait for the server's thread, as long as it lives."""
        while not wait((future,), LOOK).done:
            if not self._thread.is_alive():
                raise MockbwError("the server's thread has ended: see the log")
        return future.result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
