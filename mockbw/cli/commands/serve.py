"""``mockbw serve``: the double as a server."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mockbw.cli.loop import run
from mockbw.cli.words import counted
from mockbw.config.reload import Reload, Reloader
from mockbw.config.resolve import Resolved, resolve
from mockbw.config.settings import Settings, is_loopback
from mockbw.core.clock import ClockMode
from mockbw.errors import MockbwError
from mockbw.server.logs import follow, is_for_people, set_up_logs
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.supervision import start_task

__all__ = ["serve"]

log = logging.getLogger("mockbw")

_ACCOUNTS_OWN = {
    "account",
    "accounts",
    "callback_url",
    "credentials",
    "edition",
    "scenarios",
    "magic_numbers",
    "log",
    "log_level",
}
_AT_START = [field.name for field in fields(Settings) if field.name not in _ACCOUNTS_OWN]
"""What cannot change while the server runs."""


def serve(
    port: Annotated[str | None, typer.Option(help="Port to listen on; 0 takes a free one. Default 8080.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default 127.0.0.1; 0.0.0.0 lets others in.")] = None,
    config: Annotated[Path | None, typer.Option(help="The configuration; default mockbw.yaml, if it exists.")] = None,
    scenarios: Annotated[list[Path] | None, typer.Option(help="Scenario file or folder; may be given several times.")] = None,
    callback_url: Annotated[str | None, typer.Option(help="Where callbacks go, unless an application says otherwise.")] = None,
    edition: Annotated[str | None, typer.Option(help="How the platform behaved at a date: 2018-01, 2023 or 2026.")] = None,
    day: Annotated[str | None, typer.Option(metavar="DURATION", help="How long 24 virtual hours take. Default 60s.")] = None,
    clock: Annotated[
        ClockMode | None, typer.Option(help="scaled: by --day. real: as slow as life. auto: at once. manual: when told.")
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="DATETIME", help="Where virtual time begins. Default now.")] = None,
    seed: Annotated[str | None, typer.Option(help="Makes ids and choices repeat themselves.")] = None,
    credentials: Annotated[
        list[str] | None, typer.Option(metavar="USER:PASSWORD", help="Accept only these; may be given several times.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Keep the journal here, so that nothing is lost when the server stops.")
    ] = None,
    tls: Annotated[bool | None, typer.Option(help="Serve HTTPS too, with mockbw's own certificate authority.")] = None,
    tls_port: Annotated[str | None, typer.Option(help="Port of HTTPS. Default 8443.")] = None,
    callback_hosts: Annotated[
        str | None, typer.Option(metavar="HOST,…", help="The only hosts callbacks may go to: app, *.example.com, 10.0.0.0/8.")
    ] = None,
    control_open: Annotated[bool | None, typer.Option(help="Let other machines use the control API without a token.")] = None,
    log: Annotated[str | None, typer.Option(metavar="FORM", help="How the log is written: auto, human or json.")] = None,
    magic_numbers: Annotated[
        bool | None, typer.Option(help="Whether numbers such as +1 999 555 4770 have their meaning.")
    ] = None,
) -> None:
    """Serve the platform's API until Ctrl-C. SIGHUP reads the configuration again.

    Every option can also stand in mockbw.yaml or in a variable such as MOCKBW_CALLBACK_URL: see `mockbw config`.

    [dim]Example:[/] mockbw serve --callback-url http://localhost:5000/callbacks --day 60s
    """
    flags = {
        "port": port,
        "host": host,
        "scenarios": scenarios or None,
        "callback-url": callback_url,
        "edition": edition,
        "day": day,
        "clock": clock,
        "start": start,
        "seed": seed,
        "credentials": credentials or None,
        "data": data,
        "tls": f"{{port: {tls_port}}}" if tls_port is not None else tls,
        "callback-hosts": callback_hosts,
        "control-open": control_open,
        "log": log,
        "magic-numbers": magic_numbers,
    }
    run(_serve(lambda: resolve(config, flags)))


async def _serve(configured: Callable[[], Resolved]) -> None:
    resolved = configured()
    settings = resolved.settings
    people = is_for_people(settings.log)
    set_up_logs(settings.log, settings.log_level)
    for warning in resolved.warnings:
        log.warning("%s", warning)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with MockBandwidth(settings) as double:
        reloader = Reloader(double.engine, settings)
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, _configure_again, configured, settings, reloader)
        if people:
            from mockbw.cli.greeting import greet

            greet(double)
        else:
            facts = {"url": double.url, "edition": settings.edition, "clock": settings.clock, "data": settings.data}
            log.info("ready at %s", double.url, extra=facts)
        _warn(settings)
        tasks = [
            start_task("reload", reloader.run(partial(_reloaded, people)), double.health),
            start_task("log", follow(double.journal), double.health),
        ]
        await stop.wait()
        for task in tasks:
            task.cancel()
        log.info("stopping: attempts in flight get a moment")


def _warn(settings: Settings) -> None:
    if not is_loopback(settings.host) and settings.control_token is None:
        if settings.control_open:
            log.warning("anybody who can reach this machine can use the control API, since control-open is set")
        else:
            log.warning("the control API is closed, since other machines can reach it: set MOCKBW_CONTROL_TOKEN to use it")


def _configure_again(configured: Callable[[], Resolved], running: Settings, reloader: Reloader) -> None:
    """Put a changed configuration in force as far as that goes while the server runs."""
    try:
        settings = configured().settings
    except MockbwError as error:
        log.warning("the configuration stays as it was: %s", error)
        return
    set_up_logs(settings.log, settings.log_level)
    _reloaded(is_for_people(settings.log), reloader.reload(settings))
    later = [name for name in _AT_START if getattr(settings, name) != getattr(running, name)]
    if later:
        log.warning("these take effect at the next start: %s", ", ".join(name.replace("_", "-") for name in later))


def _reloaded(people: bool, reload: Reload) -> None:
    if not reload.problems:
        log.info("read again: %s of yours", counted(reload.scenarios, "scenario"))
        return
    if people:
        from mockbw.cli.greeting import show

        show(reload.problems)
    else:
        for problem in reload.problems:
            log.error("%s", problem, extra={"file": problem.file, "line": problem.line, "column": problem.column})
    log.error("the scenarios stay as they were")
