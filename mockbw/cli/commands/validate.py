"""``mockbw validate``: every error in every scenario file, with its place and what would be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mockbw.cli.console import stderr, stdout
from mockbw.cli.output import problem_text
from mockbw.cli.words import counted
from mockbw.scenario.edition import load_edition
from mockbw.scenario.validate import Validation
from mockbw.scenario.validate import validate as check

__all__ = ["validate"]


def validate(
    paths: Annotated[list[Path], typer.Argument(help="Scenario files and folders.", show_default=False)],
    edition: Annotated[str | None, typer.Option(help="The edition for scenarios that name none.", show_default="2018-01")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Check scenario files: exit 0 when they are valid, 1 when they are not.

    [dim]Example:[/] mockbw validate scenarios/ tests/scenarios/carrier-spam.yaml
    """
    if edition is not None:
        load_edition(edition)
    validation = check(paths, edition)
    if as_json:
        typer.echo(json.dumps(_data(validation), indent=2, ensure_ascii=False))
    else:
        for problem in validation.problems:
            stderr.print(problem_text(problem))
        for warning in validation.warnings:
            stderr.print(Text("warning: ", "yellow") + problem_text(warning))
        stdout.print(_summary(validation))
    raise typer.Exit(1 if validation.problems else 0)


def _data(validation: Validation) -> dict[str, object]:
    return {
        "valid": not validation.problems,
        "scenarios": [{"name": source.name, "file": source.file} for source in validation.sources],
        "problems": [problem.data for problem in validation.problems],
        "warnings": [problem.data for problem in validation.warnings],
    }


def _summary(validation: Validation) -> Text:
    scenarios = counted(len(validation.sources), "scenario")
    if validation.problems:
        return Text(f"{counted(len(validation.problems), 'problem')}; {scenarios} can be read", "bold red")
    return Text(f"{scenarios}, no problems", "green")
