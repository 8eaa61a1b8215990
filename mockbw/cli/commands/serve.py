"""``mockbw serve``: the double as a server."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mockbw.cli.flags import with_flags
from mockbw.cli.loop import run
from mockbw.cli.words import counted
from mockbw.config.reload import Reload, Reloader
from mockbw.config.resolve import Resolved, resolve
from mockbw.config.schema import CONFIGURATION
from mockbw.config.settings import Settings, is_loopback
from mockbw.errors import MockbwError
from mockbw.scenario.edition_differences import describe_edition
from mockbw.server.logs import follow, is_for_people, set_up_logs
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.supervision import start_task

__all__ = ["serve"]

log = logging.getLogger("mockbw")


def _serve_flagged(
    config: Annotated[Path | None, typer.Option(help="The configuration; default mockbw.yaml, if it exists.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no messages and outcomes: --log-level warning.")] = False,
    *,
    flags: Mapping[str, Any],
) -> None:
    """Serve the platform's API until Ctrl-C. SIGHUP reads the configuration again.

    Every option can also stand in mockbw.yaml or in a variable such as MOCKBW_CALLBACK_URL: see `mockbw config`.

    [dim]Example:[/] mockbw serve --callback-url http://localhost:5000/callbacks --day 60s
    """
    given = {"log-level": "warning", **flags} if quiet else flags
    run(_serve(lambda: resolve(config, given)))


serve = with_flags(_serve_flagged)


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
            log.info("edition %s", describe_edition(settings.edition), extra={"edition": settings.edition})
        _warn(settings)
        tasks = [start_task("reload", reloader.run(partial(_reloaded, people)), double.health)]
        if not people:
            tasks.append(start_task("log", follow(double.journal), double.health))
        elif log.isEnabledFor(logging.INFO):
            from mockbw.cli.talk import talk

            tasks.append(start_task("log", talk(double.journal, every=log.isEnabledFor(logging.DEBUG)), double.health))
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
    later = [
        setting.key
        for setting in CONFIGURATION.of(Settings)
        if setting.at_start and getattr(settings, setting.target) != getattr(running, setting.target)
    ]
    if later:
        log.warning("these take effect at the next start: %s", ", ".join(later))


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
