"""``mockbw endpoint``: a sample receiver of callbacks that can be made to fail."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from typing import Annotated

import typer
from aiohttp import web
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.loop import run
from mockbw.cli.params import duration
from mockbw.cli.sample_endpoint import Received, SampleEndpoint, in_order
from mockbw.errors import StartError

__all__ = ["endpoint"]


def endpoint(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = 5000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    fail_first: Annotated[int, typer.Option(min=0, metavar="N", help="Answer 500 to the first N requests.")] = 0,
    status: Annotated[int, typer.Option(min=200, max=599, help="The status for all other requests.")] = 200,
    delay: Annotated[int, typer.Option(parser=duration, metavar="DURATION", help="Wait this long before each answer.")] = "0",  # type: ignore[assignment]  # typer parses the default
) -> None:
    """Receive callbacks, print them, and answer as configured, until Ctrl-C.

    [dim]Example:[/] mockbw endpoint --fail-first 3
    """
    receiver = SampleEndpoint(in_order([500] * fail_first, then=status), delay / 1000, _print)
    run(_listen(receiver, host, port))


async def _listen(receiver: SampleEndpoint, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(receiver.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartError(f"cannot listen on {host}:{port}: {error.strerror}. Choose another with --port") from None
        actual = runner.addresses[0][1]
        stdout.print(f"receiving callbacks at http://{host}:{actual}/callbacks", style="bold")
        await stop.wait()
    finally:
        await runner.cleanup()


def _print(received: Received) -> None:
    clock = datetime.now().astimezone().strftime("%H:%M:%S")
    events = ", ".join(_described(event) for event in received.events) or "no event"
    style = "green" if str(received.answer).startswith("2") else "red"
    stdout.print(Text.assemble((f"{clock}  ", "dim"), f"{events}  → ", (str(received.answer), style)))


def _described(event: dict[str, object]) -> str:
    message = event.get("message")
    facts = message if isinstance(message, dict) else {}
    code = f" {event['errorCode']}" if "errorCode" in event else ""
    return f"{event.get('type')}{code}  {facts.get('from')} → {', '.join(map(str, facts.get('to', [])))}  {facts.get('id')}"
