"""``mockbw check``: reports whether an endpoint is ready for the real platform."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from mockbw.check import Check, CheckSettings, Report, Severity, Verdict, shipped_drills
from mockbw.check.application_query import ApplicationQueryError, ask
from mockbw.check.data import report_data
from mockbw.check.drill import chosen
from mockbw.check.html import report_html
from mockbw.check.junit import report_junit
from mockbw.check.settings import Control
from mockbw.cli.check_config import CheckFile, read_check_file
from mockbw.cli.check_output import print_list, print_report, print_result, print_start
from mockbw.cli.console import stderr
from mockbw.cli.loop import run
from mockbw.cli.params import duration
from mockbw.core.model import Credentials
from mockbw.errors import StartError
from mockbw.scenario.edition import load_edition

__all__ = ["check"]


class FailOn(StrEnum):
    """The lowest severity of a finding that makes the exit code 1."""

    MUST = "must"
    SHOULD = "should"
    ADVICE = "advice"
    NEVER = "never"


def check(
    url: Annotated[str | None, typer.Argument(help="Where your application receives callbacks.", show_default=False)] = None,
    inbound_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where it receives inbound messages, if not at the same URL.")
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="How the platform behaves: 2018-01, 2023 or 2026.", show_default="2026")
    ] = None,
    user: Annotated[str | None, typer.Option(help="User of the endpoint's Basic credentials.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="MOCKBW_CHECK_PASSWORD", help="Password of the endpoint's Basic credentials.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this drill or area; can be repeated.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Skip this drill or area; can be repeated.")] = None,
    timeout: Annotated[
        int | None,
        typer.Option(parser=duration, metavar="DURATION", help="How long the platform waits for an answer.", show_default="10s"),
    ] = None,
    app_sends: Annotated[
        bool | None, typer.Option("--app-sends", help="Your application sends through mockbw: check that too.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the platform's API, for your application.")] = None,
    trigger: Annotated[
        str | None, typer.Option(metavar="CMD|URL", help="Makes your application send one message to {to}.")
    ] = None,
    status_of: Annotated[
        str | None, typer.Option(metavar="CMD|URL", help="Returns the status that your application has stored for message {id}.")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(parser=duration, metavar="DURATION", help="How long to wait for its replies.", show_default="1s"),
    ] = None,
    down: Annotated[str | None, typer.Option(metavar="CMD", help="Takes the endpoint down, for one drill.")] = None,
    up: Annotated[str | None, typer.Option(metavar="CMD", help="Brings the endpoint back up.")] = None,
    by_hand: Annotated[bool, typer.Option("--ask", help="Prompt me to stop and start the endpoint, for one drill.")] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read these options from a YAML file.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report as an HTML page.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report as JUnit XML.")] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="The lowest severity that makes the exit code 1.", show_default="should")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the drills and exit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the report, as JSON.")] = False,
) -> None:
    """Play drills at your endpoint: how it would fare with the real platform, and what to fix.

    Exit 0 when nothing failed, 1 when a drill did, 2 when the endpoint cannot be reached, 130 after Ctrl-C.

    [dim]Example:[/] mockbw check http://localhost:5000/callbacks --html report.html
    """
    file = read_check_file(config) if config is not None else CheckFile()
    only, skip = only or file.only or [], skip or file.skip or []
    if show_list:
        print_list(chosen(shipped_drills(), only, skip))
        return
    url = url or file.url
    if url is None:
        raise typer.BadParameter("give the endpoint to check: mockbw check http://localhost:5000/callbacks", param_hint="URL")
    user, password = user or file.user, password or file.password
    if user is not None and password is None:
        raise typer.BadParameter("--user needs a --password, or MOCKBW_CHECK_PASSWORD in the environment")
    stop, start = down or file.down, up or file.up
    if (stop is None) != (start is None):
        raise typer.BadParameter("--down and --up must be given together")
    settings = _settings(
        file,
        url=_url(url, "URL"),
        inbound_url=_url(inbound_url, "--inbound-url") if inbound_url is not None else None,
        edition=edition,
        credentials=Credentials(user, password) if user is not None and password is not None else None,
        limit=timeout or file.timeout,
        patience=None if patience is None else patience / 1000,
        only=tuple(only),
        skip=tuple(skip),
        app_sends=app_sends,
        port=port,
        trigger=trigger,
        status_of=status_of,
        down=_by_hand("Stop your endpoint now") if by_hand else _by_command(stop),
        up=_by_hand("Start your endpoint again") if by_hand else _by_command(start),
    )
    report = run(_run(settings, quiet=as_json))
    _write(html, lambda: report_html(report).encode())
    _write(junit, lambda: report_junit(report))
    if as_json:
        typer.echo(json.dumps(report_data(report), indent=2, ensure_ascii=False))
    else:
        print_report(report)
    raise typer.Exit(_exit_code(report, fail_on or FailOn(file.fail_on or "should")))


def _settings(file: CheckFile, **flags: Any) -> CheckSettings:
    """Merge the sources: flags override the file, the file overrides the defaults."""
    given = {name: value for name, value in flags.items() if value is not None}
    for name in ("inbound_url", "edition", "app_sends", "port", "trigger", "status_of"):
        if (value := getattr(file, name)) is not None:
            given.setdefault(name, value)
    if file.patience is not None:
        given.setdefault("patience", file.patience / 1000)
    if given.get("trigger") is not None:
        given.setdefault("app_sends", True)
    settings = CheckSettings(**given)
    load_edition(settings.edition)
    return settings


def _url(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise typer.BadParameter(f"{url!r} is not a valid URL, such as http://localhost:5000/callbacks", param_hint=where)
    return url


async def _run(settings: CheckSettings, *, quiet: bool) -> Report:
    def started(base_url: str) -> None:
        print_start(settings, len(endpoint_check.drills), base_url)

    endpoint_check = Check(settings) if quiet else Check(settings, ready=started, ended=print_result)
    with suppress(NotImplementedError):  # Windows: Ctrl-C ends the program at once
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, endpoint_check.stop)
    return await endpoint_check.run()


def _by_command(command: str | None) -> Control | None:
    if command is None:
        return None

    async def perform() -> None:
        answer = await ask(command, {})
        if not answer.found:
            raise ApplicationQueryError(f"{command!r} failed{f': {answer.text[:200]}' if answer.text else ''}")

    return perform


def _by_hand(request: str) -> Control:
    async def perform() -> None:
        stderr.print(f"\n{request}, then press Enter: ", style="bold", end="")
        await asyncio.to_thread(input)

    return perform


def _write(path: Path | None, content: Callable[[], bytes]) -> None:
    if path is None:
        return
    try:
        path.write_bytes(content())
    except OSError as error:
        raise StartError(f"cannot write {path}: {error.strerror}") from None


def _exit_code(report: Report, fail_on: FailOn) -> int:
    severities = list(Severity)
    found = {result.severity for result in report.of(Verdict.FAILED, Verdict.ADVICE)}
    if fail_on is not FailOn.NEVER and found & set(severities[: severities.index(Severity(fail_on.value)) + 1]):
        return 1
    return 130 if report.stopped else 0
