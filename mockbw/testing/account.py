"""``MockAccount`` and ``AsyncMockAccount``: an account on the platform for a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from mockbw.config.account import ACCOUNT, applied
from mockbw.config.schema import read_values
from mockbw.config.table import Interface, Setting
from mockbw.core.account import InboundDraft
from mockbw.core.settings import AccountSettings
from mockbw.core.state import MessageRecord
from mockbw.engine.runner import AccountRunner
from mockbw.errors import SettingsError, nearest
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.playbook import only_scenario
from mockbw.testing.assertions import AccountAssertions, request_line
from mockbw.testing.criteria import Criteria
from mockbw.testing.frozen_time import FrozenTime
from mockbw.testing.handset import Handset
from mockbw.testing.host import SHORT_TRACEBACK, AwaitingLoop, CallingThread
from mockbw.testing.in_process_sender import ApplicationSender
from mockbw.testing.scenarios import ScenarioLike, find_scenarios
from mockbw.testing.thread import ServerThread
from mockbw.testing.time_driver import TimeDriver, duration_of, instant_of
from mockbw.testing.timeline import render_timeline
from mockbw.testing.views import Message, Request, moment
from mockbw.wallclock import now_ms

__all__ = ["AsyncMockAccount", "MockAccount"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

T = TypeVar("T")

DEFAULT_ACCOUNT = "9900000"
"""The account that a script gets when it names none."""

WAIT = 5.0
"""How many seconds of wall time ``wait_for`` waits by default."""


class _MockAccount(AccountAssertions):
    """What sync and async tests have in common: the account, its settings, its scenarios, and everything that can be read."""

    def __init__(
        self,
        server: ServerThread,
        name: str,
        host: CallingThread | AwaitingLoop,
        *,
        folders: Sequence[Path] = (),
        test: str = "",
        **settings: Any,
    ) -> None:
        self._server, self._host, self._folders = server, host, folders
        self._test = test
        self._judged: list[ScenarioSource] = []
        self._frozen = FrozenTime()
        self._sender = ApplicationSender(host)
        defaults = server.double.engine.setup
        given = {name: value for name, value in settings.items() if value is not None}
        setup = applied(defaults, _read(given, ACCOUNT.at(Interface.TEST)))
        setup = replace(setup, default_start=now_ms(), follower=self._frozen)
        self._runner = server.run(server.double.engine.recreate(name, setup, self._sender))
        self._since = server.double.journal.last
        self._driver = TimeDriver(self._runner, self._frozen)
        server.call(self._runner.now)  # frozen outside the range of clocks: better said now than to the application
        server.test_accounts.add(name)

    # -- identity -----------------------------------------------------------------------------------------------------------

    @property
    def account_id(self) -> str:
        """The account's id: digits, different for each test."""
        return self._runner.name

    @property
    def url(self) -> str:
        """The server's own URL."""
        return self._server.double.url

    @property
    def base_url(self) -> str:  # type: ignore[override]  # a property where the mixin declares what it needs
        """What the application uses in place of ``https://messaging.bandwidth.com/api/v2``."""
        return self._server.double.base_url

    @property
    def edition(self) -> str:
        """The edition of the platform."""
        return self._runner.edition.name

    @property
    def clock(self) -> str:
        """What moves virtual time: ``manual``, ``auto``, ``scaled`` or ``real``."""
        return self._runner.clock.mode.value

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return moment(self._server.call(self._runner.now))

    # -- settings -----------------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> AccountSettings:
        """The account's settings; ``configure`` changes them."""
        return self._runner.settings

    def configure(self, **changes: Any) -> None:
        """Change settings of the account by name, e.g. ``rate=1.0`` or ``api_credentials=(Credentials("user", "password"),)``.

        Values are those of ``AccountSettings``, or written as in ``mockbw.yaml``: ``retry=["5s", "1m"]``. None brings back the
        default.

        Raises:
            SettingsError: there is no such setting, and what is near; or a value is not as it must be, in the words of
                ``mockbw.yaml``.
        """
        values = _read(changes, [one for one in ACCOUNT.of(AccountSettings) if Interface.TEST in one.interfaces])
        fields = {ACCOUNT[key].target: ACCOUNT[key].initial if value is None else value for key, value in values.items()}
        self._server.call(self._runner.configure, replace(self.settings, **fields))

    @property
    def callback_url(self) -> str | None:
        """Where callbacks go. Can be set at any time before the event happens.

        With an ``application``, a path is enough: ``"/callbacks"``.
        """
        return self.settings.callback_url

    @callback_url.setter
    def callback_url(self, url: str | None) -> None:
        if url is not None and url.startswith("/"):
            url = f"http://testserver{url}"
        if url is not None and not urlsplit(url).netloc:
            raise SettingsError(
                f"{url!r} is not a valid URL: write http://host:port/path, or a path that starts with / for an application"
            )
        self.configure(callback_url=url)

    @property
    def application(self) -> Any:
        """The application under test, when callbacks go directly to it without a port: aiohttp, ASGI or WSGI.

        Set ``callback_url`` too: its path is where callbacks go in the application.
        """
        return self._sender.application

    @application.setter
    def application(self, application: Any) -> None:
        self._sender.application = application

    # -- scenarios ----------------------------------------------------------------------------------------------------------

    def play(self, scenario: ScenarioLike) -> Message | None:
        """Load a scenario ahead of all others: a name, a path, a dict or YAML text.

        One with ``given`` also starts; then its message is returned.

        Raises:
            ScenarioError: the scenario is invalid or not for the account's edition; says where and what would be right.
            UnknownError: the name is unknown; has the nearest one.
        """
        with SHORT_TRACEBACK:
            return self._play(find_scenarios(scenario, self._runner.sources, self._folders))

    def _play(self, sources: Sequence[ScenarioSource]) -> Message | None:
        for source in sources:
            only_scenario(source, self.edition, self.settings.mms_receipts)
        self._judged += [source for source in sources if not source.shipped]
        self._server.call(self._runner.add_scenarios, sources)
        started = None
        for source in sources:
            if source.scenario.given is not None:
                started = self._server.call(self._runner.play, source)
        return None if started is None else Message(self._runner, self._runner.records.messages[started.id])

    # -- what happened ------------------------------------------------------------------------------------------------------

    @property
    def timeline(self) -> str:
        """The timeline of the account so far, one line for each thing that happened."""
        journal = self._server.double.journal
        entries = self._server.call(lambda: [stamped.entry for stamped in journal.read(self._since, self.account_id)])
        about = f"account {self.account_id}, edition {self.edition}, {self.clock} clock at {self.now:%Y-%m-%dT%H:%M:%SZ}"
        return "\n".join([about, *(render_timeline(entries) or ["nothing happened"])])

    def _finish_answers(self) -> None:
        self._server.run(self._driver.answered())

    def _read_records(self, at: Callable[[], T]) -> T:
        return self._server.call(at)

    def _foreign_requests(self) -> Sequence[str]:
        def foreign() -> Sequence[str]:
            return [
                *(
                    f"account {runner.name}: {request_line(Request.of(entry))}"
                    for runner in self._foreign_accounts()
                    for entry in runner.records.requests
                ),
                *self._server.late_requests(),
            ]

        return self._read_records(foreign)

    def _foreign_accounts(self) -> Sequence[AccountRunner]:
        """Return the accounts that were called but do not belong to a test."""
        return [runner for runner in self._server.double.engine.accounts if runner.name not in self._server.test_accounts]

    def _not_seen(self, criteria: Criteria, seconds: float) -> str:
        lines = [f"no message{criteria} within {seconds:g} s"]
        if self.messages:
            return "\n".join(
                [*lines, "these are the messages, the nearest first:", *criteria.describe(self.messages), *self._upcoming()]
            )
        return "\n".join([*lines, *self._why_nothing()])

    def _latest(self, criteria: Criteria) -> Message | None:
        return next((message for message in reversed(self.messages) if criteria.match(message)), None)

    def _views(self, records: tuple[MessageRecord, ...]) -> Sequence[Message]:
        return [Message(self._runner, record) for record in records]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.account_id} at {self.base_url}>"

    def close(self) -> None:
        """Cancel what is outstanding, remove the account, and stop an aiohttp ``application``. Not inside a running loop."""
        self._server.run(self._end())
        if (cleanup := self._sender.take_cleanup()) is not None:
            self._host.finish(cleanup)
        self._host.close()

    async def _end(self) -> None:
        engine = self._server.double.engine
        for runner in self._foreign_accounts():
            await engine.remove(runner.name)
        engine.late.clear()  # they are among this test's problems
        if self._runner in engine.accounts:
            await engine.retire(self.account_id, f"{self._test or 'what used it'} is over")
        await self._sender.close()


def _read(given: Mapping[str, Any], known: Iterable[Setting]) -> dict[str, Any]:
    """Return the values in force, by key, of settings that a test gives by name.

    Raises:
        SettingsError: there is no such setting, or a value is not valid.
    """
    keys = {setting.target: setting.key for setting in known}
    for name in given:
        if name not in keys:
            close = nearest(name, keys)
            hint = f"did you mean {close!r}?" if close else f"there are {', '.join(keys)}"
            raise SettingsError(f"an account has no setting {name!r}: {hint}")
    return read_values(ACCOUNT, {keys[name]: (name, value) for name, value in given.items()})


class MockAccount(_MockAccount):
    """An account in a sync test: what takes time returns when it is done. Fixture ``mockbw``.

    ``clock`` is ``manual`` (the default: moves only when advanced), ``auto``, ``scaled`` or ``real``. Virtual time starts at the
    frozen time of the test if there is one, else at ``start``, else now. ``seed`` makes ids and random choices repeatable.
    ``edition``, ``callback_url`` and whatever ``configure`` takes may be given too.

    Raises:
        SettingsError: there is no such setting, or a value is not as it must be.
    """

    def __init__(self, server: ServerThread, name: str = DEFAULT_ACCOUNT, **setup: Any) -> None:
        self._thread = CallingThread(server.loop)
        super().__init__(server, name, self._thread, **setup)

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with SHORT_TRACEBACK:
            return self._thread.run(coroutine)

    def advance(self, by: str | timedelta) -> None:
        """Advance time by ``"6h"``: everything that is due happens, in order, and is waited for.

        Raises:
            ClockError: the clock runs by itself.
            ValueError: ``by`` is not a valid duration.
        """
        self._run(self._driver.advance(duration_of(by)))

    def advance_to(self, instant: str | datetime) -> None:
        """Advance time to an instant, ``"2018-01-25T16:00:00Z"``.

        Raises:
            ClockError: the clock runs by itself, or the instant is past.
            ValueError: ``instant`` is not a valid date-time.
        """
        self._run(self._driver.advance_to(instant_of(instant)))

    def step(self, count: int = 1) -> int:
        """Advance time to the next deadline, ``count`` times; return how often there was one."""
        return self._run(self._driver.step(count))

    def settle(self) -> None:
        """Advance time until nothing is left to do: every timeline played, every callback delivered or expired.

        Raises:
            ClockError: the account is not idle after a week of virtual time.
        """
        self._run(self._driver.settle())

    def wait_for(self, *, timeout: float = WAIT, **fields: Any) -> Message:
        """Return the latest message with these fields (as for ``assert_sent``) as soon as there is one.

        Waits ``timeout`` seconds of wall time at most, for applications that send from a thread or task of their own.
        Messages from handsets count too.

        Raises:
            AssertionError: there was none; shows the nearest ones.
        """
        criteria = Criteria.of(fields)
        self._run(self._driver.wait(lambda: self._latest(criteria) is not None, timeout))
        message = self._latest(criteria)
        if message is None:
            raise AssertionError(self._not_seen(criteria, timeout))
        return message

    def handset(self, number: str) -> Handset[Sequence[Message]]:
        """Return the phone with that number."""

        def send(draft: InboundDraft) -> Sequence[Message]:
            return self._views(self._run(self._driver.receive(draft)))

        return Handset(number, self._runner, send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncMockAccount(_MockAccount):
    """An account in an async test: what takes time is awaited, and the test's loop stays free for the application.

    Fixture ``async_mockbw``. The arguments are those of ``MockAccount``.
    """

    def __init__(self, server: ServerThread, name: str = DEFAULT_ACCOUNT, **setup: Any) -> None:
        self._loop = AwaitingLoop(server.loop)
        super().__init__(server, name, self._loop, **setup)

    async def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with SHORT_TRACEBACK:
            return await self._loop.run(coroutine)

    async def advance(self, by: str | timedelta) -> None:
        """As ``MockAccount.advance``."""
        await self._run(self._driver.advance(duration_of(by)))

    async def advance_to(self, instant: str | datetime) -> None:
        """As ``MockAccount.advance_to``."""
        await self._run(self._driver.advance_to(instant_of(instant)))

    async def step(self, count: int = 1) -> int:
        """As ``MockAccount.step``."""
        return await self._run(self._driver.step(count))

    async def settle(self) -> None:
        """As ``MockAccount.settle``."""
        await self._run(self._driver.settle())

    async def wait_for(self, *, timeout: float = WAIT, **fields: Any) -> Message:
        """As ``MockAccount.wait_for``."""
        criteria = Criteria.of(fields)
        await self._run(self._driver.wait(lambda: self._latest(criteria) is not None, timeout))
        message = self._latest(criteria)
        if message is None:
            raise AssertionError(self._not_seen(criteria, timeout))
        return message

    def handset(self, number: str) -> Handset[Awaitable[Sequence[Message]]]:
        """Return the phone with that number; its methods are awaited."""

        async def send(draft: InboundDraft) -> Sequence[Message]:
            return self._views(await self._run(self._driver.receive(draft)))

        return Handset(number, self._runner, send)

    async def aclose(self) -> None:
        """As ``close``, inside the loop that the account was used in."""
        await self._run(self._end())
        if (cleanup := self._sender.take_cleanup()) is not None:
            await cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
