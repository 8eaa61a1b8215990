"""``mockbw doctor``: finds out why a callback does not come."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.examination import Finding, examine
from mockbw.cli.remote import JSON, TOKEN, URL, connect, print_json

__all__ = ["doctor"]


def doctor(
    account: Annotated[
        str | None, typer.Option(help="Only this account, the one your application posts to.", envvar="MOCKBW_ACCOUNT")
    ] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Find out why a callback does not come: what a running server has seen, and what to do about it.

    Exit 0 when nothing is wrong, 1 when something is, 2 when no server answers.

    [dim]Example:[/] mockbw doctor --account 9900000
    """
    with connect(url, token) as client:
        findings = list(examine(client, account))
    wrong = sum(finding.wrong for finding in findings)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
        stdout.print(Text("Nothing is wrong here." if not wrong else f"To be looked at: {wrong}, marked ✗.", "bold"))
    raise typer.Exit(1 if wrong else 0)


def _show(findings: list[Finding]) -> None:
    account = None
    for finding in findings:
        if finding.account != account:
            account = finding.account
            stdout.print(Text(f"account {account}", "bold"))
        mark = Text("  ✗ ", "bold red") if finding.wrong else Text("  · ", "dim")
        stdout.print(mark.append(finding.what, "" if finding.wrong else "dim"))
        if finding.remedy:
            stdout.print(Padding(Text(finding.remedy, "cyan"), (0, 0, 0, 4)), soft_wrap=False)
