"""``mockbw send``: posts a message to a running server, as an application does."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from mockbw.cli.console import stderr, stdout
from mockbw.cli.remote import ACCOUNT, DEFAULT_ACCOUNT, JSON, TOKEN, URL, account_of, connect, print_json
from mockbw.core.model import Credentials
from mockbw.scenario.sample import APPLICATION, RECIPIENT, SENDER

__all__ = ["send"]


def _pair(text: str) -> Credentials:
    user, colon, password = text.partition(":")
    if not colon or not user:
        raise typer.BadParameter("write it as USER:PASSWORD")
    return Credentials(user, password)


def send(
    text: Annotated[str | None, typer.Argument(help="The text of the message.")] = None,
    to: Annotated[list[str], typer.Option(metavar="NUMBER", help="The recipient; repeat it for a group message.")] = [RECIPIENT],  # noqa: B006 - typer's way
    sender: Annotated[str, typer.Option("--from", metavar="NUMBER", help="The application's number.")] = SENDER,
    media: Annotated[list[str] | None, typer.Option(metavar="URL", help="A picture or file, which makes it an MMS.")] = None,
    tag: Annotated[str | None, typer.Option(help="A tag, repeated in the callbacks.")] = None,
    application: Annotated[str, typer.Option(metavar="ID", help="The applicationId.")] = APPLICATION,
    account: Annotated[str | None, ACCOUNT] = None,
    user: Annotated[
        Credentials | None,
        typer.Option(parser=_pair, metavar="USER:PASSWORD", help="Credentials for the platform's API, if it requires any."),
    ] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Post a message as your application would, and print what the platform answers.

    Exit 0 when it was accepted, 1 when it was refused.

    [dim]Example:[/] mockbw send "Your table is ready" --to +19195550100
    """
    message: dict[str, Any] = {"to": to, "from": sender, "applicationId": application}
    message["text"] = text if text is not None or media else "Your table is ready"
    message |= {name: value for name, value in (("media", media), ("tag", tag)) if value}
    with connect(url, token) as client:
        name = account_of(client, account, default=DEFAULT_ACCOUNT)
        status, answer = client.post_message(name, {key: value for key, value in message.items() if value is not None}, user)
    if as_json:
        print_json({"status": status, "answer": answer})
    elif status == 202:
        stdout.print(Text.assemble((f"{status} ", "bold green"), str(answer.get("id"))))
        stderr.print(Text(f"See what happens to it: mockbw messages {answer.get('id')}", "dim"))
    else:
        reason = answer.get("description") or answer.get("message") or answer
        stdout.print(Text.assemble((f"{status} ", "bold red"), str(reason)))
        for problem in answer.get("fieldErrors", ()):
            stdout.print(Text.assemble("  ", (str(problem.get("fieldName")), "bold"), ": ", str(problem.get("description"))))
    raise typer.Exit(0 if status == 202 else 1)
