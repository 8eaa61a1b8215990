"""``mockbw demo``: the platform, a sample application and the shipped scenarios, playing together over real HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import aiohttp
import typer
from aiohttp import web
from rich.rule import Rule
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.loop import run
from mockbw.cli.params import duration
from mockbw.cli.sample_endpoint import SampleEndpoint
from mockbw.cli.story import watch
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode, rate_for_day
from mockbw.core.model import Draft
from mockbw.documents.durations import format_duration
from mockbw.engine.runner import AccountRunner
from mockbw.errors import MockbwError
from mockbw.scenario.answers import answers_of, per_event
from mockbw.scenario.edition_differences import describe_edition
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.sample import start_of
from mockbw.scenario.shipped import find_source
from mockbw.server.mock_bandwidth import MockBandwidth

__all__ = ["demo"]

AT_ONCE = (
    "delivered-sms",
    "mms-without-receipt",
    "group-without-receipts",
    "refused-country",
    "carrier-spam",
    "handset-stop",
)
"""Played on an auto clock, which jumps to the next deadline."""

OVER_A_DAY = ("outage-and-recovery", "expiry")
"""Played on a scaled clock, to be watched."""


def demo(
    day: Annotated[int, typer.Option(parser=duration, metavar="DURATION", help="How long 24 virtual hours take.")] = "12s",  # type: ignore[assignment]  # typer parses the default
) -> None:
    """See what mockbw does: messages accepted, their callbacks sent, and a dead endpoint retried for 24 virtual hours.

    It needs no setup and ends by itself within a minute.
    """
    ended_well = run(_demo(day))
    raise typer.Exit(0 if ended_well else 1)


async def _demo(day: int) -> bool:
    endpoints: dict[str, SampleEndpoint] = {}

    async def receive(request: web.Request) -> web.StreamResponse:
        return await endpoints[request.match_info["account"]].handle(request)

    application = web.Application()
    application.router.add_post("/callbacks/{account}", receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callbacks = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks"
    try:
        async with MockBandwidth(Settings(port=0)) as double, aiohttp.ClientSession() as client:
            stdout.print(
                Text.assemble("The platform's API is at ", (double.base_url, "bold"), ", the application's endpoint at ")
            )
            stdout.print(Text.assemble((callbacks, "bold"), ". Every line below is real HTTP; times are virtual."))
            stdout.print(Text(f"edition {describe_edition(double.settings.edition)}\n", "dim"))
            player = _DemoPlayer(double, client, callbacks, endpoints)
            for name in AT_ONCE:
                await player.play(find_source(name), ClockMode.AUTO, day)
            stdout.print(f"Now on a scaled clock: 24 hours take {format_duration(day)}.\n", style="bold")
            for name in OVER_A_DAY:
                await player.play(find_source(name), ClockMode.SCALED, day)
            stdout.print(_farewell())
            return player.ended_well
    finally:
        await runner.cleanup()


def _farewell() -> Text:
    text = Text("Your turn:\n", "bold")
    for command, what in (
        ("mockbw endpoint --fail-first 3", "an endpoint that fails three times"),
        ("mockbw serve --callback-url http://127.0.0.1:5000/callbacks", "the platform, 24 hours a minute"),
    ):
        text.append(f"  {command:<62}", "cyan").append(f"{what}\n", "dim")
    return text


class _DemoPlayer:
    """Plays one scenario after another, each in an account of its own."""

    def __init__(
        self, double: MockBandwidth, client: aiohttp.ClientSession, callbacks: str, endpoints: dict[str, SampleEndpoint]
    ) -> None:
        self._double, self._client, self._callbacks, self._endpoints = double, client, callbacks, endpoints
        self.ended_well = True

    async def play(self, source: ScenarioSource, mode: ClockMode, day: int) -> None:
        self._endpoints[source.name] = SampleEndpoint(per_event(answers_of(source)))
        engine = self._double.engine
        settings = replace(engine.setup.settings, callback_url=f"{self._callbacks}/{source.name}")
        setup = replace(engine.setup, mode=mode, rate=rate_for_day(day), settings=settings, sources=(source,))
        account = engine.create(source.name, setup)
        stdout.print(Rule(Text(source.name, "bold"), align="left", style="dim"))
        stdout.print(Text(source.scenario.description, "italic"))
        try:
            await watch(self._double.journal, account.name, asyncio.create_task(self._act(account, source)))
        except MockbwError as error:
            self.ended_well = False
            stdout.print(f"  {error}", style="bold red")
        stdout.print()

    async def _act(self, account: AccountRunner, source: ScenarioSource) -> None:
        await self._post(account, source)
        await account.settle()

    async def _post(self, account: AccountRunner, source: ScenarioSource) -> None:
        draft = start_of(source)
        assert isinstance(draft, Draft), "the demo's scenarios start with an outbound message"
        body = {"from": draft.sender, "to": list(draft.to), "applicationId": draft.application, "text": draft.text}
        if draft.media:
            body["media"] = list(draft.media)
        async with self._client.post(f"{self._double.base_url}/users/{account.name}/messages", json=body) as response:
            self.ended_well &= response.status == 202
