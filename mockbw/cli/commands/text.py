"""``mockbw text``: sends a message from a handset to the application."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.remote import ACCOUNT, DEFAULT_ACCOUNT, JSON, TOKEN, URL, account_of, connect, print_json
from mockbw.scenario.sample import RECIPIENT

__all__ = ["text"]


def text(
    said: Annotated[str, typer.Argument(metavar="TEXT", help="The text of the message.")],
    sender: Annotated[str, typer.Option("--from", metavar="NUMBER", help="The person's number.")] = RECIPIENT,
    to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER",
            help="The application's number; repeat it for a group message. Default: the number that last wrote to the handset.",
        ),
    ] = None,
    media: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A picture, by file name or URL, which makes it an MMS.")
    ] = None,
    application: Annotated[
        str | None, typer.Option(metavar="ID", help="The applicationId in the callback. Default: that of the number.")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send a message to the application from a handset.

    Exit 0 when one of its numbers received the message, 2 when none of them is a number of the account.

    [dim]Example:[/] mockbw text STOP --from +19195550100
    """
    body = {"from": sender, "to": to or None, "text": said, "media": media or [], "application": application}
    with connect(url, token) as client:
        name = account_of(client, account, default=DEFAULT_ACCOUNT)
        received = client.call("POST", f"accounts/{name}/inbound", data=body)["messages"]
    if as_json:
        print_json(received)
        return
    for message in received:
        stdout.print(Text.assemble(("received ", "magenta"), f"{message['owner']} ", (message["id"], "dim")))
