"""``mockbw list``: the scenarios that come with mockbw."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mockbw.cli.console import stderr, stdout
from mockbw.scenario.shipped import shipped_sources

__all__ = ["list"]

WIDE = 90
"""The width of the terminal at which the descriptions have room beside the names."""


def list(  # noqa: A001 - a command's function has its name
    words: Annotated[str | None, typer.Argument(help="Only those with this text in their name or description.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the scenarios that come with mockbw; each can be played by its name.

    Exit 0 when there are any, 1 when none has the text.

    [dim]Example:[/] mockbw list opt-out
    """
    wanted = (words or "").lower()
    found = [one for one in shipped_sources() if wanted in f"{one.name} {one.scenario.description}".lower()]
    if as_json:
        facts = [{"name": one.name, "description": one.scenario.description, "editions": one.scenario.editions} for one in found]
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    elif found:
        if stdout.width >= WIDE:
            table = Table.grid(padding=(0, 2))
            table.add_column(no_wrap=True, style="bold")
            table.add_column()
            for one in found:
                table.add_row(one.name, one.scenario.description)
            stdout.print(table, soft_wrap=False)
        else:
            for one in found:
                stdout.print(Text(one.name, "bold"))
                stdout.print(Padding(Text(one.scenario.description), (0, 0, 0, 2)), soft_wrap=False)
        stderr.print(Text("mockbw show NAME prints one, mockbw explain NAME draws it, mockbw play NAME --to URL plays it", "dim"))
    else:
        stderr.print(Text(f"None of the {len(shipped_sources())} shipped scenarios has {words!r}", "dim"))
    raise typer.Exit(0 if found else 1)
