"""``MockBandwidth``: the server as one object, for programs and tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web

from mockbw.config import Settings
from mockbw.delivery import HttpSender, Sender
from mockbw.engine import AccountRunner, Engine
from mockbw.errors import JournalError, StartError
from mockbw.hosts import AllowedHosts
from mockbw.journal import Stamped
from mockbw.journal.memory import MemoryJournal
from mockbw.server import create_app
from mockbw.server.listening import Doorkeeper, open_socket

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
        self.settings = settings or Settings(port=0)
        self.journal = MemoryJournal()
        self.engine = Engine(
            self.settings.setup(),
            sender or HttpSender(AllowedHosts(self.settings.callback_hosts)),
            self.journal,
            self.settings.account_setups(),
        )
        self._runner: web.AppRunner | None = None
        self._servers: list[asyncio.Server] = []
        self._store: SqliteStore | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The server's own URL, e.g. ``http://127.0.0.1:8080``."""
        host = self.settings.host
        shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not listened on
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self._port}"

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
            await self.stop()
            raise

    def _read_back(self, data: Path) -> None:
        from mockbw.journal.sqlite import SqliteStore

        self._store = SqliteStore(data)

        def entries() -> Iterator[Stamped]:
            for stamped in self._store.read() if self._store else ():
                self.journal.restore(stamped)
                yield stamped

        try:
            self.engine.restore(entries())
        except JournalError as error:
            raise StartError(f"the journal in {data} is damaged and was left as it is: {error}") from None
        self.journal.keep_in(self._store)

    async def _listen(self) -> None:
        limits = self.settings.limits
        doorkeeper = Doorkeeper(limits)
        app = create_app(self.engine, self.journal, self.settings)
        app.middlewares.insert(0, doorkeeper.middleware())
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=min(1.0, self.settings.grace),
            max_line_size=limits.header,
            max_field_size=limits.header,
        )
        await self._runner.setup()
        assert self._runner.server is not None, "setup() made it"
        factory = doorkeeper.factory(self._runner.server)
        sock = open_socket(self.settings.host, self.settings.port)
        self._port = sock.getsockname()[1]
        self.engine.reached_at(self.url)
        self.engine.resume()
        self._servers.append(await asyncio.get_running_loop().create_server(factory, sock=sock, backlog=1024))

    async def stop(self) -> None:
        """Stop listening, give attempts in flight a moment, and close everything."""
        if self._runner is not None:
            for server in self._servers:
                server.close()
            self._servers.clear()
            await self.engine.close(self.settings.grace)
            await self._runner.cleanup()
            self._runner = None
        if self._store is not None:
            store, self._store = self._store, None
            await asyncio.get_running_loop().run_in_executor(None, store.close)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
