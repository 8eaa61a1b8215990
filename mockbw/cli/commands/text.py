"""``mockbw text``: a handset writes to the application."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.remote import ACCOUNT, JSON, TOKEN, URL, USUAL_ACCOUNT, account_of, connect, print_json
from mockbw.scenario.sample import RECIPIENT

__all__ = ["text"]


def text(
    said: Annotated[str, typer.Argument(metavar="TEXT", help="What the person writes.")],
    sender: Annotated[str, typer.Option("--from", metavar="NUMBER", help="The person's number.")] = RECIPIENT,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER", help="The application's number; several make a group. Default: who wrote to it last."),
    ] = None,
    media: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="A picture: a file's name, or a URL. Makes it an MMS.")
    ] = None,
    application: Annotated[
        str | None, typer.Option(metavar="ID", help="The applicationId that is told; default the number's own.")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write to the application as a person with a handset.

    Exit 0 when one of its numbers got the message, 2 when none is a number of the account.

    [dim]Example:[/] mockbw text STOP --from +19195550100
    """
    body = {"from": sender, "to": to or None, "text": said, "media": media or [], "application": application}
    with connect(url, token) as client:
        name = account_of(client, account, usual=USUAL_ACCOUNT)
        received = client.call("POST", f"accounts/{name}/inbound", data=body)["messages"]
    if as_json:
        print_json(received)
        return
    for message in received:
        got = Text.assemble(("received ", "magenta"), f"{message['owner']} ", (message["id"], "dim"))
        stdout.print(got)
