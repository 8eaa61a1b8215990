"""``mockbw record``: turns a message of a running server into a scenario file that plays the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mockbw.cli.remote import ACCOUNT, TOKEN, URL, account_of, connect
from mockbw.errors import StartError

__all__ = ["record"]


def record(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The message's id; see mockbw messages.", show_default=False)],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it there.", show_default="the terminal")] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
) -> None:
    """Turn a message of a running server into a scenario that plays the same.

    It has the message, its timeline, its retries, what the endpoint answered, and what came of it as expectations.

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
