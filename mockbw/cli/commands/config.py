"""``mockbw config``: which settings are in force, and where each was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from mockbw.cli.console import stderr, stdout
from mockbw.config.resolve import InForce, resolve

__all__ = ["config"]


def config(
    file: Annotated[Path | None, typer.Option("--config", help="The configuration; default mockbw.yaml, if it exists.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the settings in force and where each was given; secrets stay hidden.

    mockbw.yaml comes first, MOCKBW_* variables over it, flags of `mockbw serve` over both.

    [dim]Example:[/] MOCKBW_DAY=5s mockbw config
    """
    resolved = resolve(file)
    if as_json:
        found = {setting.key: {"value": setting.value, "from": setting.origin} for setting in resolved.in_force}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    stdout.print(_table(resolved.in_force))
    for warning in resolved.warnings:
        stderr.print(f"warning: {warning}", style="yellow", markup=False)


def _table(settings: tuple[InForce, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for setting in settings:
        style = "dim" if setting.origin == "default" else ""
        table.add_row(setting.key, _plain(setting.value), setting.origin, style=style)
    return table


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
