"""``MockBandwidth``: the server as one object, for programs and tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web

from mockbw.config.load import load
from mockbw.config.settings import Settings
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.delivery.lean_sender import LeanSender
from mockbw.delivery.outcomes import Sender
from mockbw.engine.engine import Engine
from mockbw.engine.runner import AccountRunner
from mockbw.errors import JournalError, LostEntriesError, StartError
from mockbw.journal import Stamped
from mockbw.journal.memory import MemoryJournal
from mockbw.server.app import create_app, first_handler, refuse_request
from mockbw.server.connections import BACKLOG, Connection, ConnectionLimits
from mockbw.server.keys import CA_PEM, CONNECTIONS
from mockbw.server.listener import open_socket
from mockbw.server.tls import server_context
from mockbw.supervision import Health, start_task

if TYPE_CHECKING:  # most servers keep nothing on disk
    from mockbw.journal.sqlite import SqliteStore

__all__ = ["MockBandwidth"]


class MockBandwidth:
    """A running double of the platform; ``port`` 0 in the settings takes a free one.

    ::

        async with MockBandwidth(Settings(port=0, callback_url="http://localhost:5000/callbacks")) as double:
            print(double.base_url)
    """

    def __init__(self, settings: Settings | None = None, *, sender: Sender | None = None) -> None:
        loaded = load(settings or Settings(port=0))
        self.settings = loaded.settings
        self.health = Health()
        self.journal = MemoryJournal()
        self.engine = Engine(
            loaded.setup,
            sender or _sender(self.settings),
            self.journal,
            loaded.listed,
            most_accounts=self.settings.limits.accounts,
            media_space=self.settings.limits.media,
            health=self.health,
        )
        self.connections = ConnectionLimits(self.settings.limits)
        self._runner: web.AppRunner | None = None
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._store: SqliteStore | None = None
        self._ports: list[int] = []

    @property
    def url(self) -> str:
        """The server's own URL, e.g. ``http://127.0.0.1:8080``."""
        host = self.settings.host
        shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not listened on
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self._ports[0] if self._ports else 0}"

    @property
    def tls_port(self) -> int | None:
        """The port of HTTPS, or None when it is not served."""
        return self._ports[1] if len(self._ports) > 1 else None

    @property
    def base_url(self) -> str:
        """What an application uses in place of ``https://messaging.bandwidth.com/api/v2``."""
        return f"{self.url}/api/v2"

    def account(self, name: str) -> AccountRunner:
        """Return an account, which begins when it is first named."""
        return self.engine.account(name)

    async def start(self) -> None:
        """Read back what the data folder keeps, listen, and go on with what was unfinished.

        Raises:
            StartError: the address cannot be listened on, or the data folder cannot be used.
        """
        try:
            if self.settings.data is not None:
                self._read_back(self.settings.data)
            await self._listen()
        except BaseException:
            with suppress(LostEntriesError):  # nothing has been promised yet
                await self.stop()
            raise

    def _read_back(self, data: Path) -> None:
        from mockbw.journal.sqlite import SqliteStore

        self._store = store = SqliteStore(data, self.health)

        def entries() -> Iterator[Stamped]:
            for stamped in store.read():
                self.journal.restore(stamped)
                yield stamped

        try:
            self.engine.restore(entries(), store.clocks, store.alive)
        except JournalError as error:
            raise StartError(f"the journal in {data} is damaged and was not changed: {error}") from None
        self.journal.keep_in(store, store.last)
        store.start()

    async def _listen(self) -> None:
        settings = self.settings
        app = create_app(self.engine, self.journal, self.health, settings)
        app[CONNECTIONS] = self.connections
        doors: list[tuple[int, SSLContext | None]] = [(settings.port, None)]
        if settings.tls is not None:
            context, app[CA_PEM] = server_context(settings.tls)
            doors.append((settings.tls.port, context))
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=min(1.0, settings.grace))
        await self._runner.setup()
        assert self._runner.server is not None, "setup() made it"
        http = self._runner.server
        http.request_handler = first_handler(app, http.request_handler)

        def protocol() -> Connection:
            return Connection(
                self.connections,
                http,
                partial(refuse_request, app),
                access_log=None,
                max_line_size=settings.limits.header,
                max_field_size=settings.limits.header,
                keepalive_timeout=2 * settings.limits.idle_seconds,  # connections at rest are cut before
            )

        self._ports.clear()
        for port, _ in doors:
            sock = open_socket(settings.host, port)
            self._sockets.append(sock)
            self._ports.append(sock.getsockname()[1])
        self.engine.reached_at(self.url)
        self.engine.resume()
        for sock, (_, tls) in zip(self._sockets, doors, strict=True):
            sock.listen(BACKLOG)
            self._accepting.append(start_task("listener", self.connections.serve(sock, protocol, tls), self.health))

    async def stop(self) -> None:
        """Stop listening, give attempts in flight a moment, and close everything.

        Raises:
            LostEntriesError: what happened last could not be written to the data folder; says what.
        """
        try:
            if self._runner is not None:
                await self._stop_serving(self._runner)
        finally:  # whatever goes wrong above, what has happened is kept
            self._runner = None
            if self._store is not None:
                store, self._store = self._store, None
                await asyncio.get_running_loop().run_in_executor(None, store.close)

    async def _stop_serving(self, runner: web.AppRunner) -> None:
        for task in self._accepting:
            task.cancel()
        try:
            await asyncio.gather(*self._accepting, return_exceptions=True)
        finally:  # also when whoever stops is cancelled meanwhile: nobody else would give the ports back
            self._accepting.clear()
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()
        await self.engine.close(self.settings.grace)
        await runner.cleanup()
        self.connections.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()


def _sender(settings: Settings) -> Sender:
    allowed = AllowedHosts(settings.callback_hosts)
    return HttpSender(allowed) if settings.sender == "aiohttp" else LeanSender(allowed)
