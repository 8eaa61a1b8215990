"""The command line. Every command is a function in a module of its own and is registered here, in the order help shows them."""

from __future__ import annotations

import sys

import typer

from mockbw import __version__
from mockbw.cli.codes import codes
from mockbw.cli.config import config
from mockbw.cli.demo import demo
from mockbw.cli.endpoint import endpoint
from mockbw.cli.explain import explain
from mockbw.cli.journal import journal
from mockbw.cli.output import failed
from mockbw.cli.play import play
from mockbw.cli.readyz import readyz
from mockbw.cli.schema import schema
from mockbw.cli.serve import serve
from mockbw.cli.validate import validate
from mockbw.errors import MockbwError

__all__ = ["app", "main"]

app = typer.Typer(
    name="mockbw",
    help="A local double of Bandwidth's V2 messaging platform, with a clock you own. First thing to try: mockbw demo",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mockbw {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
) -> None:
    pass


app.command()(demo)
app.command()(serve)
app.command()(endpoint)
app.command()(play)
app.command()(explain)
app.command()(validate)
app.command()(schema)
app.command()(readyz)
app.command()(codes)
app.command()(config)
app.add_typer(journal)


def main() -> None:
    """Run the command line: mistakes of the user end with one clear message and exit code 2, never with a traceback."""
    try:
        app()
    except MockbwError as error:
        sys.exit(failed(error))
