"""``mockbw check``: says whether an endpoint is ready for the real platform."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mockbw.check import Check, CheckSettings, Report, Verdict, shipped_drills
from mockbw.check.data import report_data
from mockbw.check.drill import chosen
from mockbw.cli.check_output import print_begin, print_list, print_report, print_result
from mockbw.cli.loop import run
from mockbw.cli.options import duration
from mockbw.core.model import Credentials
from mockbw.scenario.edition import load_edition

__all__ = ["check"]


def check(
    url: Annotated[str | None, typer.Argument(help="Where your application receives callbacks.", show_default=False)] = None,
    inbound_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where it receives inbound messages, if elsewhere.")
    ] = None,
    edition: Annotated[str, typer.Option(help="How the platform behaves: 2018-01, 2023 or 2026.")] = "2026",
    user: Annotated[str | None, typer.Option(help="User of the endpoint's Basic credentials.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="MOCKBW_CHECK_PASSWORD", help="Password of the endpoint's Basic credentials.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this drill or area; may be given several times.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Not this drill or area; may be given several times.")] = None,
    timeout: Annotated[
        int, typer.Option(parser=duration, metavar="DURATION", help="How long the platform waits for an answer.")
    ] = "10s",  # type: ignore[assignment]  # typer parses the default
    show_list: Annotated[bool, typer.Option("--list", help="Show the drills, and play none.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the report, as JSON.")] = False,
) -> None:
    """Play drills at your endpoint: what the real platform will do to it, how it held, and what to mend.

    Exit 0 when nothing failed, 1 when a drill did, 2 when the endpoint cannot be reached.

    [dim]Example:[/] mockbw check http://localhost:5000/callbacks
    """
    if show_list:
        print_list(chosen(shipped_drills(), only or (), skip or ()))
        return
    if url is None:
        raise typer.BadParameter("say which endpoint to check: mockbw check http://localhost:5000/callbacks", param_hint="URL")
    _must_be_url(url, "URL")
    if inbound_url is not None:
        _must_be_url(inbound_url, "--inbound-url")
    if (user is None) != (password is None):
        raise typer.BadParameter("--user and --password go together")
    load_edition(edition)
    settings = CheckSettings(
        url=url,
        inbound_url=inbound_url,
        edition=edition,
        credentials=Credentials(user, password) if user is not None and password is not None else None,
        limit=timeout,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
    )
    report = run(_run(settings, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(report_data(report), indent=2, ensure_ascii=False))
    else:
        print_report(report)
    raise typer.Exit(_exit_code(report))


def _must_be_url(url: str, where: str) -> None:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise typer.BadParameter(f"{url!r} is no URL: write it as http://localhost:5000/callbacks", param_hint=where)


async def _run(settings: CheckSettings, *, quiet: bool) -> Report:
    check = Check(settings) if quiet else Check(settings, ended=print_result)
    if not quiet:
        print_begin(settings.url, settings.edition, len(check.drills))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, check.stop)
    return await check.run()


def _exit_code(report: Report) -> int:
    if report.of(Verdict.FAILED):
        return 1
    return 130 if report.ended else 0
