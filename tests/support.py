"""What many tests need: a core account driven without IO, and a real endpoint with configurable answers."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from aiohttp import web

from mockbw.core.account import Account
from mockbw.core.callbacks import SendAttempt
from mockbw.core.entries import Entry
from mockbw.core.model import Draft, Message, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import ScenarioPlaybook

START = 1_516_809_600_000
"""2018-01-24T16:00:00Z, where the benches begin."""

URL = "http://app.test/callbacks"
SENDER = "+19195550199"
RECIPIENT = "+19195550100"
APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"

OK = Outcome(status=200)
DOWN = Outcome(status=500)


def draft(to: str | Iterable[str] = RECIPIENT, text: str | None = "Your table is ready", **rest: Any) -> Draft:
    """Return a draft as a test wants it."""
    recipients = (to,) if isinstance(to, str) else tuple(to)
    return Draft(**{"sender": SENDER, "to": recipients, "application": APPLICATION, "text": text, **rest})


@dataclass
class CoreBench:
    """A core account, its clock and its endpoint joined in memory. ``answer`` decides each attempt; it is 200 at first."""

    scenarios: str = ""
    edition: str = "2018-01"
    settings: AccountSettings = field(default_factory=lambda: AccountSettings(callback_url=URL))
    seed: int = 1
    answer: Callable[[SendAttempt], Outcome] = lambda attempt: OK
    now: int = START

    def __post_init__(self) -> None:
        sources = load_text(self.scenarios) if self.scenarios else []
        playbook = ScenarioPlaybook(self.edition, sources, self.settings.mms_receipts)
        self.account = Account(
            "9900000", edition=playbook.edition, playbook=playbook, random=Random(self.seed), settings=self.settings
        )
        self.entries: list[Entry] = []
        self.attempts: list[SendAttempt] = []

    def post(self, wanted: Draft | None = None, **rest: Any) -> Message:
        """Post a message that must be accepted, and tell the client so."""
        submission = self.account.submit(wanted or draft(**rest), self.now)
        assert submission.message is not None, submission
        self.account.waive_answer(submission.message.id, self.now)
        self.perform()
        return submission.message

    def perform(self) -> None:
        """Perform effects until there are none: attempts are answered at once and take no virtual time."""
        while effects := self.account.take_effects():
            for effect in effects:
                if isinstance(effect, SendAttempt):
                    self.attempts.append(effect)
                    number = self.account.attempt_started(effect, self.now)
                    if number is not None:
                        self.account.attempt_finished(effect.callback, number, self.answer(effect), self.now)
                else:
                    self.entries.append(effect)

    def run(self, until: int | None = None) -> None:
        """Go through every deadline, up to ``until`` milliseconds from the start if given."""
        while (deadline := self.account.next_deadline()) is not None:
            if until is not None and deadline > START + until:
                self.now = START + until
                return
            self.now = max(self.now, deadline)
            while self.account.fire_due(self.now):
                self.perform()

    @property
    def events(self) -> list[tuple[int, str]]:
        """Offset in milliseconds and type of every attempt's event, in order."""
        return [(attempt.due - START, event["type"]) for attempt, event in self.notifications()]

    def notifications(self) -> Iterator[tuple[SendAttempt, dict[str, Any]]]:
        """Yield every attempt with its event."""
        for attempt in self.attempts:
            yield attempt, json.loads(attempt.body)[0]

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the journal entries of a type."""
        return [entry for entry in self.entries if isinstance(entry, kind)]


Reaction = Callable[[web.Request, list[dict[str, Any]]], Awaitable[web.StreamResponse | None]]


class Endpoint:
    """A real application's endpoint on a free port. ``answers`` are used up in order; after that it answers 200.

    An answer is a status, or the word ``reset`` for a connection cut without an answer.
    """

    def __init__(self, answers: Iterable[int | str] = ()) -> None:
        self.answers = list(answers)
        self.always: int | str = 200
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.react: Reaction | None = None
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/callbacks"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event received, one for each request that came."""
        return [event for body in self.bodies for event in json.loads(body)]

    @property
    def types(self) -> list[str]:
        """The type of every event received."""
        return [event["type"] for event in self.events]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.react is not None and (response := await self.react(request, json.loads(body))) is not None:
            return response
        answer = self.answers.pop(0) if self.answers else self.always
        if answer == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=int(answer), headers={"Location": "/elsewhere"} if 300 <= int(answer) < 400 else None)


def examples(count: int) -> int:
    """Return how many examples a property is tried with: ``count`` of the same ones in CI, ten times as many in ``make fuzz``."""
    return count * 10 if os.environ.get("MOCKBW_HYPOTHESIS") == "fuzz" else count
