"""The command line. Every command is a function in a module of its own name, imported only when it is used."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mockbw._version import __version__
from mockbw.cli.streams import open_closed_streams
from mockbw.errors import MockbwError, UnknownError

__all__ = ["COMMANDS", "app", "main"]

COMMANDS = (
    "demo",
    "init",
    "serve",
    "endpoint",
    "play",
    "check",
    "explain",
    "list",
    "show",
    "validate",
    "schema",
    "send",
    "text",
    "messages",
    "record",
    "clock",
    "advance",
    "doctor",
    "readyz",
    "codes",
    "config",
    "journal",
)
"""In the order in which help shows them."""


class _OnDemand(TyperGroup):
    """Imports a command when it is used: a health probe does not need to load the server."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup:
        if cmd_name not in COMMANDS:
            raise UnknownError("command", cmd_name, COMMANDS)
        found = getattr(import_module(f"mockbw.cli.commands.{cmd_name}"), cmd_name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
            alone.command(cmd_name, context_settings=_CONTEXT)(found)
            found = alone
        command = typer.main.get_command(found)
        assert isinstance(command, (TyperCommand, TyperGroup)), "typer makes commands and groups of its own"
        return command


_CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    cls=_OnDemand,
    name="mockbw",
    help="A local double of Bandwidth's V2 messaging platform, with a clock you own. First thing to try: mockbw demo",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)


def _show_version(requested: bool) -> None:
    if requested:
        typer.echo(f"mockbw {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
) -> None:
    pass


def main() -> None:
    """Run the command line: a user's mistake ends with one clear message and exit code 2, never with a traceback."""
    open_closed_streams()
    try:
        app()
    except MockbwError as error:
        from mockbw.cli.output import failed

        sys.exit(failed(error))
