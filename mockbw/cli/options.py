"""How options are read: durations, credentials, instants; a wrong value says what would be right."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from mockbw.core.model import Credentials
from mockbw.scenario.answers import parse_answers
from mockbw.scenario.durations import parse_duration
from mockbw.scenario.values import EndpointAnswer

__all__ = ["answers", "credentials", "duration", "instant"]


def answers(text: str) -> tuple[EndpointAnswer, ...]:
    """Return what an endpoint answers, written as ``500,500,200``."""
    try:
        return parse_answers(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def duration(text: str) -> int:
    """Return the milliseconds of a duration such as ``60s``."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def credentials(text: str) -> Credentials:
    """Return the two parts of ``USER:PASSWORD``."""
    user, colon, password = text.partition(":")
    if not colon or not user:
        raise typer.BadParameter("write it as USER:PASSWORD")
    return Credentials(user, password)


def instant(text: str) -> int:
    """Return the milliseconds of an ISO 8601 date-time; without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date-time: write it as 2018-01-24T16:00:00Z") from None
    return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)
