"""``mockbw advance``: moves the clock of a running server."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.output import failed
from mockbw.cli.params import duration
from mockbw.cli.remote import ACCOUNT, JSON, TOKEN, URL, account_of, connect, event_text, print_json
from mockbw.cli.words import counted
from mockbw.client import ControlClient
from mockbw.documents.durations import format_duration
from mockbw.errors import RemoteError

__all__ = ["advance"]

SHOWN = 40
"""How many attempts are printed one by one."""


def advance(
    by: Annotated[
        int | None, typer.Argument(parser=duration, metavar="DURATION", help="By this much virtual time: 500ms, 30s, 6h, 1d.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="INSTANT", help="To this instant: 2018-01-25T16:00:00Z.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=10_000, help="To the next deadline, this many times.")] = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Until nothing is left to do.")] = False,
    timeout: Annotated[
        int, typer.Option(parser=duration, metavar="DURATION", help="How long it may take, in wall time.")
    ] = "60s",  # type: ignore[assignment]  # typer parses the default
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Advance a manual or auto clock through everything that is due on the way, and print the attempts made.

    Exit 0 when the target is reached, 1 when the clock cannot move.

    [dim]Example:[/] mockbw advance 24h
    """
    far = None if by is None else format_duration(by)
    targets = {"by": far, "to": to, "steps": steps, "until": "idle" if until_idle else None}
    given = {name: value for name, value in targets.items() if value is not None}
    if len(given) != 1:
        raise typer.BadParameter("give exactly one of DURATION, --to, --steps and --until-idle")
    with connect(url, token, timeout=timeout / 1000 + 10) as client:
        name = account_of(client, account)
        body = {**given, "timeout": format_duration(timeout)}
        try:
            result = client.call("POST", f"accounts/{name}/clock/advance", data=body)
        except RemoteError as error:
            if error.status != 409:
                raise
            failed(error)
            raise typer.Exit(1) from None
        if as_json:
            print_json(result)
            return
        _print_attempts(client, name, result["after"])
    stdout.print(_summary(result))


def _print_attempts(client: ControlClient, account: str, after: int) -> None:
    """Print every attempt that ended on the way."""
    entries = client.get("journal", account=account, after=after, limit=10_000)["entries"]
    ended = [entry for entry in entries if entry["type"] == "attempt-finished"]
    events: dict[str, Any] = {e["callback"]: e["data"]["event"] for e in entries if e["type"] == "callback-created"}
    for entry in ended[:SHOWN]:
        callback = entry["callback"]
        if callback not in events:
            events[callback] = client.get(f"accounts/{account}/callbacks/{callback}")["event"]
        outcome = entry["data"]["outcome"]
        answer = str(outcome["status"] or outcome["fault"])
        line = Text.assemble((f"  {entry['time']}  ", "dim"), event_text(events[callback]), "  ")
        stdout.print(line.append(answer, "bold green" if outcome["delivered"] else "bold red"))
    if len(ended) > SHOWN:
        stdout.print(Text(f"  … and {len(ended) - SHOWN} more", "dim"))


def _summary(result: dict[str, Any]) -> Text:
    clock = result["clock"]
    before, now = (datetime.fromisoformat(instant) for instant in (result["before"], clock["now"]))
    passed = format_duration((now - before).total_seconds() * 1000)
    text = Text.assemble(f"{clock['now']}  ", (f"+{passed}", "bold"))
    text.append(f"  {counted(result['attempts'], 'attempt')}, {result['delivered']} delivered, {result['expired']} expired")
    if clock["next_deadline"] is None:
        return text.append("  nothing left to do" if clock["idle"] else "  nothing is due", "dim")
    due = format_duration((datetime.fromisoformat(clock["next_deadline"]) - now).total_seconds() * 1000)
    return text.append(f"  next in {due}", "dim")
