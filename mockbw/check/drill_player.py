"""Plays the scenarios of a drill at the endpoint, each drill in an account of its own, and sees what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockbw.check.application_query import ApplicationQueryError, ask, status_in
from mockbw.check.drill import Drill, Need, Rule
from mockbw.check.evidence import Evidence, PlayedScenario, observed
from mockbw.check.reachability import reachable_within
from mockbw.check.settings import CheckSettings
from mockbw.check.wire_sender import Wire, WireSender
from mockbw.core.clock import ClockMode
from mockbw.core.entries import MessageAccepted, RequestAnswered
from mockbw.core.model import Application, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule
from mockbw.core.settings import AccountSettings
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.edition import load_edition
from mockbw.scenario.expectations import judge
from mockbw.scenario.loader import ScenarioSource, load_mapping
from mockbw.scenario.sample import APPLICATION
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.wallclock import monotonic_ms, now_ms

__all__ = ["DrillPlayer"]

OWN = "drill-"
"""How the names of the accounts begin in which drills are played; every other account is the application's."""


class DrillPlayer:
    """The double on which a check plays.

    Its settings name no callback URL and no scenario: what the application sends is accepted and it is sent nothing about it,
    except while a drill is played with a message of its own. What has no end is seen, not played.
    """

    def __init__(self, settings: CheckSettings, double: MockBandwidth) -> None:
        self.settings = settings
        self._double = double
        self._events = frozenset(load_edition(settings.edition).edition.events)
        self._number = 0
        self._journal_read = 0

    async def play(self, drill: Drill) -> Evidence:
        """Play every scenario of the drill, in every way its facts name."""
        evidence = Evidence(self.settings.limit)
        for wire in drill.facts.wire:
            sender = WireSender(wire)
            try:
                for source in drill.for_edition(self.settings.edition):
                    evidence.parts.append(await self._part(drill, source, wire, sender, evidence))
            finally:
                await sender.close()
        return evidence

    async def _part(
        self, drill: Drill, source: ScenarioSource, wire: Wire, sender: WireSender, evidence: Evidence
    ) -> PlayedScenario:
        began = monotonic_ms()
        self._skip_journal()
        if drill.facts.own_message and self.settings.trigger is not None:
            part = await self._own(drill, source, wire)
        else:
            self._number += 1
            account = self._double.engine.create(f"{OWN}{self._number}-{drill.name}", self._setup(drill, source), sender)
            part = await self._made_up(drill, source, wire, account)
            played = [part.message.id] if part.message is not None else []
            evidence.expected += [str(judged) for judged in judge(source, account.records, played) if not judged.held]
        if Need.APPLICATION in drill.facts.needs:
            await asyncio.sleep(self.settings.patience)
        if Need.STATUS in drill.facts.needs and part.message is not None:
            part.status = await self._status(part.message)
        own = part.message.id if part.message is not None else None
        for entry in self._news():
            if isinstance(entry, MessageAccepted) and entry.message.id != own:
                part.sent.append(entry.message)
        part.seconds = (monotonic_ms() - began) / 1000
        return part

    def _setup(self, drill: Drill, source: ScenarioSource) -> AccountSetup:
        once = RetrySchedule(delays=(), repeat=False, timeout=self.settings.limit)
        application = Application(
            APPLICATION,
            outbound_url=self.settings.url,
            inbound_url=self.settings.inbound_url or self.settings.url,
            credentials=self.settings.credentials,
            inbound_credentials=self.settings.credentials,
            credentials_mode=self.settings.credentials_mode,
            callback_types=self._events,
        )
        return AccountSetup(
            edition=self.settings.edition,
            mode=ClockMode.AUTO,
            start=now_ms(),
            settings=AccountSettings(
                callback_url=self.settings.url,
                applications={APPLICATION: application},
                callback_types=self._events,
                retry=replace(DEFAULT_RETRY, timeout=self.settings.limit) if drill.facts.rule is Rule.RECOVERED else once,
            ),
            sources=(source,),
            concurrency=drill.facts.at_once,
        )

    async def _made_up(self, drill: Drill, source: ScenarioSource, wire: Wire, account: AccountRunner) -> PlayedScenario:
        start = account.now()
        if drill.facts.rule is Rule.RECOVERED and self.settings.down is not None and self.settings.up is not None:
            account.set_clock(ClockMode.MANUAL)
            await self.settings.down()
            message = account.play(source)
            await account.step(2)
            await self.settings.up()
            if not await reachable_within(self.settings.url, RESTART):
                raise ApplicationQueryError(f"the endpoint did not come back within {RESTART:g} s")
        else:
            message = account.play(source)
            for _ in range(drill.facts.copies - 1):
                account.play(source)
        await account.settle()
        return PlayedScenario(source.name, message, observed(account.records, source.name, wire.value, start))

    # -- the application --------------------------------------------------------------------------------------------------

    async def _own(self, drill: Drill, source: ScenarioSource, wire: Wire) -> PlayedScenario:
        """Have the application send the message that the scenario is played with."""
        assert self.settings.trigger is not None, "the caller looked"
        engine = self._double.engine
        # One message is played; of those that the application sends in answer, nothing is told: that could go on for ever.
        once = replace(source, scenario=source.scenario.model_copy(update={"times": 1}))
        before = engine.setup
        engine.reconfigure(replace(self._setup(drill, source), sources=(once, SILENCE)), {})
        try:
            answer = await ask(self.settings.trigger, {"to": RECIPIENT})
            if not answer.found:
                raise ApplicationQueryError(f"the trigger failed: {answer.text[:200] or 'it said nothing'}")
            account, message = await self._first_message()
            await account.settle()
        finally:
            engine.reconfigure(before, {})
        callbacks = observed(account.records, source.name, wire.value, message.time)
        return PlayedScenario(source.name, message, [entry for entry in callbacks if entry.message.id == message.id])

    async def _first_message(self) -> tuple[AccountRunner, Message]:
        journal = self._double.journal
        try:
            async with asyncio.timeout(self.settings.patience + 5):
                while True:
                    for stamped in journal.read(self._journal_read):
                        if isinstance(stamped.entry, MessageAccepted) and not stamped.account.startswith(OWN):
                            return self._double.account(stamped.account), stamped.entry.message
                    await journal.changed(journal.last)
        except TimeoutError:
            where = self._double.base_url
            raise ApplicationQueryError(f"the trigger did not make the application send a message to {where}") from None

    async def _status(self, message: Message) -> str | None:
        assert self.settings.status_of is not None, "a drill that needs it is not played without"
        answer = await ask(self.settings.status_of, {"id": message.id, "to": message.to[0], "tag": message.tag or ""})
        return status_in(answer, message.id)

    # -- the journal ------------------------------------------------------------------------------------------------------

    def _skip_journal(self) -> None:
        self._journal_read = self._double.journal.last

    def _news(self, since: int | None = None) -> Iterator[Any]:
        """Yield what happened in accounts of the application."""
        for stamped in list(self._double.journal.read(self._journal_read if since is None else since)):
            if not stamped.account.startswith(OWN):
                yield stamped.entry

    def refused_requests(self) -> list[RequestAnswered]:
        """Return every request of the application that was turned down since the check began."""
        return [entry for entry in self._news(0) if isinstance(entry, RequestAnswered) and entry.status >= 400]

    @property
    def sent_anything(self) -> bool:
        """True when the application has sent a message since the check began."""
        return any(isinstance(entry, (MessageAccepted, RequestAnswered)) for entry in self._news(0))


SILENCE = load_mapping({"name": "silence", "timeline": []})
"""Plays with every message and tells nothing about it."""

RESTART = 60.0
"""Wall seconds that an endpoint may take to come up again."""

RECIPIENT = "+19195550177"
"""Where a message goes that the application is made to send."""
