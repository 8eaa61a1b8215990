"""How options are parsed: the error for a wrong value says what would be right."""

from __future__ import annotations

import typer

from mockbw.documents.durations import parse_duration

__all__ = ["duration"]


def duration(text: str) -> int:
    """Return the milliseconds of a duration such as ``60s``."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
