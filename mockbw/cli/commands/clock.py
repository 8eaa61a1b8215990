"""``mockbw clock``: shows the clock of a running server, or changes what moves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.params import duration
from mockbw.cli.remote import ACCOUNT, JSON, TOKEN, URL, account_of, connect, print_json
from mockbw.core.clock import ClockMode
from mockbw.documents.durations import format_duration

__all__ = ["clock"]

HOLDS_SHOWN = 5
"""How many holds are named."""


def clock(
    mode: Annotated[
        ClockMode | None,
        typer.Argument(
            help="manual: moves only when advanced. auto: jumps to what is due. real: as slow as the platform. scaled: by --day."
        ),
    ] = None,
    day: Annotated[
        int | None, typer.Option(parser=duration, metavar="DURATION", help="How long 24 hours of pending work take when scaled.")
    ] = None,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show an account's clock: its time, its pace, what is due next and what holds it. With a mode, change it first.

    Virtual time goes on from where it is, and never goes back.

    [dim]Example:[/] mockbw clock manual
    """
    wanted = {"mode": mode.value if mode is not None else None, "day": format_duration(day) if day is not None else None}
    body = {name: value for name, value in wanted.items() if value is not None}
    with connect(url, token) as client:
        path = f"accounts/{account_of(client, account)}/clock"
        view = client.call("PUT", path, data=body) if body else client.get(path)
    if as_json:
        print_json(view)
        return
    for name, value in _facts(view):
        stdout.print(Text.assemble((f"{name:<6}", "dim"), value))


def _facts(view: dict[str, Any]) -> Iterator[tuple[str, str]]:
    now, wall = (datetime.fromisoformat(view[name]) for name in ("now", "wall"))
    apart = round((now - wall).total_seconds())
    side = "ahead of" if apart > 0 else "behind"
    yield "now", view["now"] + (f", {format_duration(abs(apart) * 1000)} {side} the wall" if apart else "")
    yield "mode", view["mode"] + (f", {view['rate']:g} times the wall at most" if view["mode"] == "scaled" else "")
    yield "pace", f"{view['pace']:g}: {view['pace_because']}"
    if view["next_deadline"] is not None:
        due = (datetime.fromisoformat(view["next_deadline"]) - now).total_seconds() * 1000
        yield "next", f"{view['next_deadline']}, in {format_duration(max(0, round(due)))}"
    else:
        yield "next", "nothing is to come" if view["idle"] else "nothing is due; a callback is under way"
    names = [hold["name"] for hold in view["holds"][:HOLDS_SHOWN]]
    more = view["holds_count"] - len(names)
    if names:
        yield "held", f"by {', '.join(names)}{f' and {more} more' if more else ''}"
