"""``mockbw init``: a start in a project, of files that work as they are."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.errors import StartError
from mockbw.scenario.json_schema import scenario_schema

__all__ = ["FILES", "init"]

FILES = {
    "mockbw.yaml": "mockbw.yaml",
    "scenarios/reminder-refused.yaml": "scenario.yaml",
    "scenario.schema.json": "",
    "tests/messaging/conftest.py": "conftest.py",
    "tests/messaging/test_with_mockbw.py": "test.py",
    "compose.mockbw.yaml": "compose.yaml",
    ".github/workflows/messaging.yaml": "workflow.yaml",
}
"""What is written, and from which file of ``cli/starter``; the schema is made."""

_NEXT = (
    ("pytest tests/messaging", "tests with a platform of their own"),
    ("mockbw play scenarios --sample-endpoint --edition 2026", "your scenario, at an endpoint that answers as it says"),
    ("mockbw serve", "the platform, for your application at localhost:5000"),
)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project's folder.", show_default="this one")] = Path(),
) -> None:
    """Write a start for a project: configuration, a scenario, tests, a compose service and a CI workflow.

    Everything works as it is, in today's edition of the platform. A file that exists is kept as it is.

    [dim]Example:[/] mockbw init
    """
    written = False
    for name, template in FILES.items():
        path = folder / name
        if path.exists():
            stdout.print(Text.assemble(("  kept     ", "yellow"), name))
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_content(template), encoding="utf-8")
        except OSError as error:
            raise StartError(f"cannot write {path}: {error.strerror}") from None
        written = True
        stdout.print(Text.assemble(("  written  ", "green"), name))
    if not written:
        stdout.print("Everything was there already.")
        return
    stdout.print("\nNow try:", style="bold")
    for command, what in _NEXT:
        stdout.print(Text.assemble((f"  {command}", "cyan"), (f"\n      {what}", "dim")))


def _content(template: str) -> str:
    if not template:
        return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
    return (files("mockbw.cli") / "starter" / f"{template}.template").read_text(encoding="utf-8")
