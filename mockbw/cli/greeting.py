"""What ``mockbw serve`` prints on a terminal; without a terminal, none of this is loaded."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from mockbw.cli.console import stderr, stdout
from mockbw.cli.output import problem_text
from mockbw.core.clock import ClockMode
from mockbw.documents.durations import format_duration
from mockbw.errors import Problem
from mockbw.scenario.edition_differences import describe_edition
from mockbw.server.mock_bandwidth import MockBandwidth

__all__ = ["greet", "show"]


def greet(double: MockBandwidth) -> None:
    """Print what is served, where, and with which settings."""
    settings = double.settings
    pace = {
        ClockMode.SCALED: f"scaled: 24 hours take {format_duration(settings.day)}",
        ClockMode.REAL: "real: follows the wall clock",
        ClockMode.AUTO: "auto: jumps to the next deadline",
        ClockMode.MANUAL: "manual: moves only when advanced",
    }[settings.clock]
    lines = [
        ("messages", f"{double.base_url}/users/{{account}}/messages"),
        *([("https", f"port {double.tls_port}; trust {double.url}/_mockbw/ca.pem")] if double.tls_port else []),
        ("callbacks", settings.callback_url or "none are sent yet: set --callback-url"),
        ("edition", describe_edition(settings.edition)),
        ("clock", pace),
        ("journal", f"kept in {settings.data}" if settings.data else "in memory, lost when the server stops (see --data)"),
        ("scenarios", f"{sum(not source.shipped for source in double.engine.setup.sources)} of your own"),
    ]
    text = Text.assemble(("mockbw", "bold"), f" is ready at {double.url}\n")
    for name, value in lines:
        text.append(f"  {name:<10}", "dim").append(f"{value}\n")
    stdout.print(text.append("  Ctrl-C stops it.", "dim"))


def show(problems: Iterable[Problem]) -> None:
    """Print the problems of files that have changed."""
    for problem in problems:
        stderr.print(problem_text(problem))
