"""``mockbw schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json

import typer

from mockbw.scenario.json_schema import scenario_schema

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of scenario files.

    Editors that use yaml-language-server complete and check a file whose first line is
    [cyan]# yaml-language-server: $schema=schema.json[/]

    [dim]Example:[/] mockbw schema > scenarios/schema.json
    """
    typer.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
