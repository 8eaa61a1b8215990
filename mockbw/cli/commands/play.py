"""``mockbw play``: plays scenarios at an endpoint and reports whether their expectations held."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from aiohttp import web
from rich.rule import Rule
from rich.text import Text

from mockbw.check.reachability import unreachable
from mockbw.cli.console import stdout
from mockbw.cli.junit import write_junit
from mockbw.cli.loop import run
from mockbw.cli.params import duration
from mockbw.cli.sample_endpoint import SampleEndpoint
from mockbw.cli.scenario_params import EDITION, SCENARIOS, find_scenarios
from mockbw.cli.story import watch
from mockbw.cli.words import counted
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.engine.player import Performance
from mockbw.engine.player import play as perform
from mockbw.errors import StartError
from mockbw.scenario.answers import answers_of, per_event
from mockbw.scenario.edition_differences import describe_edition
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.validate import edition_of
from mockbw.server.mock_bandwidth import MockBandwidth

__all__ = ["play"]


def play(
    targets: Annotated[list[str], SCENARIOS],
    to: Annotated[str | None, typer.Option(metavar="URL", help="The endpoint to send the callbacks to.")] = None,
    sample_endpoint: Annotated[
        bool, typer.Option("--sample-endpoint", help="Play at a built-in endpoint, which answers as the scenario says.")
    ] = False,
    edition: Annotated[str | None, EDITION] = None,
    name: Annotated[str | None, typer.Option(help="Only the scenario with this name.")] = None,
    account: Annotated[str, typer.Option(help="The account that the messages belong to.")] = "9900000",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the platform's API, for your application.")] = 0,
    patience: Annotated[
        int,
        typer.Option(parser=duration, metavar="DURATION", help="How long to wait for messages that your application must send."),
    ] = "5s",  # type: ignore[assignment]  # typer parses the default
    seed: Annotated[str, typer.Option(help="Makes ids and random choices repeatable.")] = "1",
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the results as JUnit XML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the results, as JSON.")] = False,
) -> None:
    """Play scenarios at your endpoint and check what they expect. A day of retries takes moments.

    Exit 0 when every expectation held, 1 when one did not, 2 when nothing listens at the endpoint. A scenario that expects
    nothing fails when one of its callbacks is never answered 2xx.

    [dim]Example:[/] mockbw play carrier-spam --to http://localhost:5000/callbacks
    """
    if (to is None) != sample_endpoint:
        raise typer.BadParameter("give an endpoint: --to URL or --sample-endpoint")
    if to is not None and (urlsplit(to).scheme not in ("http", "https") or not urlsplit(to).hostname):
        raise typer.BadParameter(f"{to!r} is not a valid URL, such as http://localhost:5000/callbacks", param_hint="--to")
    sources = find_scenarios(targets, name)
    player = _Player(to, edition, account, Settings(port=port, seed=seed, clock=ClockMode.AUTO), patience / 1000, quiet=as_json)
    performances = run(player.play_all(sources))
    if junit is not None:
        write_junit(performances, junit)
    if as_json:
        typer.echo(json.dumps([_data(performance) for performance in performances], indent=2, ensure_ascii=False))
    else:
        stdout.print(_summary(performances))
    raise typer.Exit(0 if all(performance.held for performance in performances) else 1)


class _Player:
    """Plays one scenario after another, each in a fresh account."""

    def __init__(
        self, to: str | None, edition: str | None, account: str, settings: Settings, patience: float, *, quiet: bool
    ) -> None:
        self._to, self._edition, self._account, self._settings = to, edition, account, settings
        self._patience, self._quiet = patience, quiet

    async def play_all(self, sources: list[ScenarioSource]) -> list[Performance]:
        async with MockBandwidth(self._settings) as double:
            if self._to is not None and (reason := await unreachable(self._to)):
                raise StartError(f"{reason}: start your application first, or play with --sample-endpoint")
            if not self._quiet:
                stdout.print(Text(f"the platform's API is at {double.base_url}/users/{self._account}/messages", "dim"))
                for name in sorted({edition_of(source, self._edition) for source in sources}):
                    stdout.print(Text(f"edition {describe_edition(name)}", "dim"))
            return [await self._play(double, source, sources) for source in sources]

    async def _play(self, double: MockBandwidth, source: ScenarioSource, sources: list[ScenarioSource]) -> Performance:
        async with _endpoint(self._to, source) as url:
            base = double.engine.setup
            setup = replace(
                base,
                edition=edition_of(source, self._edition),
                settings=replace(base.settings, callback_url=url),
                sources=(*(other for other in sources if other.name != source.name), *base.sources),
            )
            account = double.engine.create(self._account, setup)
            if self._quiet:
                return await perform(account, source, patience=self._patience)
            stdout.print(Rule(Text(source.name, "bold"), align="left", style="dim"))
            if source.scenario.description:
                stdout.print(Text(source.scenario.description, "italic"))
            playing = asyncio.create_task(perform(account, source, patience=self._patience))
            performance = await watch(double.journal, account.name, playing)
            for judgement in performance.judgements:
                stdout.print(Text.assemble(("  ✓ ", "green") if judgement.held else ("  ✗ ", "bold red"), _indented(judgement)))
            stdout.print()
            return performance


@asynccontextmanager
async def _endpoint(url: str | None, source: ScenarioSource) -> AsyncIterator[str]:
    if url is not None:
        yield url
        return
    application = SampleEndpoint(per_event(answers_of(source))).application()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks"
    finally:
        await runner.cleanup()


def _indented(judgement: object) -> str:
    return str(judgement).replace("\n", "\n    ")


def _summary(performances: list[Performance]) -> Text:
    failed = [performance.source.name for performance in performances if not performance.held]
    if failed:
        return Text(f"{len(failed)} of {counted(len(performances), 'scenario')} not as expected: {', '.join(failed)}", "bold red")
    return Text(f"{counted(len(performances), 'scenario')}, all as expected", "bold green")


def _data(performance: Performance) -> dict[str, object]:
    return {
        "scenario": performance.source.name,
        "file": performance.source.file,
        "held": performance.held,
        "message": performance.message.id if performance.message is not None else None,
        "expect": [
            {"expected": entry.expected, "held": entry.held, "differences": list(entry.differences)}
            for entry in performance.judgements
        ],
    }
