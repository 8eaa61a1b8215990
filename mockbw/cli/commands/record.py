"""``mockbw record``: writes a message of a running server as a scenario file that reproduces it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mockbw.cli.remote import ACCOUNT, TOKEN, URL, account_of, connect
from mockbw.errors import StartError

__all__ = ["record"]


def record(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The message's id; see mockbw messages.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file.", show_default="standard output")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
) -> None:
    """Write a message of a running server as a scenario that reproduces it.

    The scenario has the message, its timeline, its retries, the endpoint's answers, and the result as expectations.

    [dim]Example:[/] mockbw record 1516809600000k3d5vtq2m7wzc4pa -o scenarios/strange-day.yaml
    """
    with connect(url, token) as client:
        recording = client.get(f"accounts/{account_of(client, account)}/messages/{identity}/scenario")
    if output is None:
        typer.echo(recording["yaml"], nl=False)
        return
    try:
        output.write_text(recording["yaml"], encoding="utf-8")
    except OSError as error:
        raise StartError(f"cannot write {output}: {error.strerror}") from None
