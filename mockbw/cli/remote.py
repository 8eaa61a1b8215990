"""What the commands that query a running server share: its address, the account, how results are printed."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.text import Text

from mockbw.client import ControlClient
from mockbw.errors import RemoteError

__all__ = [
    "ACCOUNT",
    "DEFAULT_ACCOUNT",
    "JSON",
    "TOKEN",
    "URL",
    "account_of",
    "connect",
    "event_text",
    "print_json",
    "status_text",
]

URL = typer.Option(help="The server's address.", envvar="MOCKBW_URL")
TOKEN = typer.Option(help="The server's control token, if it has one.", envvar="MOCKBW_CONTROL_TOKEN", show_envvar=True)
ACCOUNT = typer.Option(help="The account; can be omitted while there is only one.", envvar="MOCKBW_ACCOUNT")
JSON = typer.Option("--json", help="Print JSON.")

DEFAULT_ACCOUNT = "9900000"
"""The account that a message creates when none is given and there is none yet."""

_STYLES = {
    "delivered": "green",
    "received": "magenta",
    "failed": "bold red",
    "expired": "bold red",
    "cancelled": "yellow",
    "sent": "cyan",
}


def connect(url: str, token: str | None, *, timeout: float = 60.0) -> ControlClient:
    """Return a client of the server at ``url``."""
    return ControlClient(url, token, timeout=timeout)


def account_of(client: ControlClient, name: str | None, *, default: str | None = None) -> str:
    """Return the account to use: the named one, the only one, or ``default`` where there is none yet.

    Raises:
        RemoteError: there are several, or there is none and no default.
    """
    if name is not None:
        return name
    names = [account["name"] for account in client.get("accounts")["accounts"]]
    if len(names) == 1:
        return str(names[0])
    if not names and default is not None:
        return default
    if not names:
        raise RemoteError("there is no account yet", "The first message creates one: mockbw send", 404)
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    raise RemoteError(f"there are {len(names)} accounts: {shown}", "Choose one with --account")


def print_json(data: Any) -> None:
    """Print JSON for programs."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def status_text(status: str, error: int | None = None) -> Text:
    """Return a status in the colour of its meaning, with the error code if there is one."""
    text = Text(status, _STYLES.get(status, ""))
    return text if error is None else text.append(f" {error}", "bold red")


def event_text(event: dict[str, Any]) -> Text:
    """Return an event's type, error code and recipient."""
    style = _STYLES.get(event["type"].removeprefix("message-"), "")
    text = Text(event["type"], style)
    if event["error"] is not None:
        text.append(f" {event['error']}", "bold red")
    if event["recipient"] is not None:
        text.append(f" {event['recipient']}", "dim")
    return text
