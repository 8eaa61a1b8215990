"""``mockbw show``: a scenario that comes with mockbw, as it is written."""

from __future__ import annotations

from typing import Annotated

import typer

from mockbw.scenario.shipped import find_source
from mockbw.scenario.source_text import own_text

__all__ = ["show"]


def show(name: Annotated[str, typer.Argument(help="The scenario's name; mockbw list has them.")]) -> None:
    """Print a scenario that comes with mockbw, to be read, or copied into a file of your own and changed.

    [dim]Example:[/] mockbw show carrier-spam > scenarios/my-spam.yaml
    """
    typer.echo(own_text(find_source(name)), nl=False)
