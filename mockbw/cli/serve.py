"""``mockbw serve``: the double as a server."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mockbw.cli.loop import run
from mockbw.cli.options import credentials, duration, instant
from mockbw.cli.output import stdout
from mockbw.config import Settings
from mockbw.core.clock import ClockMode
from mockbw.double import MockBandwidth
from mockbw.scenario.durations import format_duration
from mockbw.scenario.edition import DEFAULT_EDITION

__all__ = ["serve"]


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on. 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    scenarios: Annotated[list[Path] | None, typer.Option(help="Scenario file or folder; may be given several times.")] = None,
    callback_url: Annotated[str | None, typer.Option(help="Where callbacks go, unless an application says otherwise.")] = None,
    edition: Annotated[str, typer.Option(help="How the platform behaved at a date: 2018-01, 2023 or 2026.")] = DEFAULT_EDITION,
    day: Annotated[int, typer.Option(parser=duration, metavar="DURATION", help="How long 24 virtual hours take.")] = "60s",  # type: ignore[assignment]  # typer parses the default
    clock: Annotated[
        ClockMode, typer.Option(help="scaled: by --day. real: as slow as life. auto: at once. manual: when told.")
    ] = ClockMode.SCALED,
    start: Annotated[int | None, typer.Option(parser=instant, metavar="DATETIME", help="Where virtual time begins.")] = None,
    seed: Annotated[str | None, typer.Option(help="Makes ids and choices repeat themselves.")] = None,
    credential: Annotated[
        list[str] | None,
        typer.Option("--credentials", metavar="USER:PASSWORD", help="Accept only these; may be given several times."),
    ] = None,
    magic_numbers: Annotated[bool, typer.Option(help="Whether numbers such as +1 999 555 4770 have their meaning.")] = True,
) -> None:
    """Serve the platform's API until Ctrl-C.

    [dim]Example:[/] mockbw serve --callback-url http://localhost:5000/callbacks --day 60s
    """
    settings = Settings(
        host=host,
        port=port,
        callback_url=callback_url,
        edition=edition,
        clock=clock,
        day=day,
        start=start,
        seed=seed,
        scenarios=tuple(scenarios or ()),
        credentials=tuple(credentials(pair) for pair in credential or ()),
        magic_numbers=magic_numbers,
    )
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with MockBandwidth(settings) as double:
        stdout.print(_greeting(double))
        await stop.wait()
        stdout.print(Text("stopping: attempts in flight get a moment", "dim"))


def _greeting(double: MockBandwidth) -> Text:
    settings = double.settings
    pace = {
        ClockMode.SCALED: f"scaled: 24 h take {format_duration(settings.day)}",
        ClockMode.REAL: "real: as slow as life",
        ClockMode.AUTO: "auto: jumps to what is due next",
        ClockMode.MANUAL: "manual: moves when told",
    }[settings.clock]
    lines = [
        ("messages", f"{double.base_url}/users/{{account}}/messages"),
        ("callbacks", settings.callback_url or "to nobody yet: set --callback-url"),
        ("edition", settings.edition),
        ("clock", pace),
        ("scenarios", str(sum(1 for source in double.engine.setup.sources if not source.shipped)) + " of yours"),
    ]
    text = Text.assemble(("mockbw", "bold"), f" is ready at {double.url}\n")
    for name, value in lines:
        text.append(f"  {name:<10}", "dim").append(f"{value}\n")
    return text.append("  Ctrl-C stops it.", "dim")
