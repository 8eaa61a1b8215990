"""The lines of a scenario file that belong to one scenario: a file may hold several documents."""

from __future__ import annotations

import re

from mockbw.scenario.loader import ScenarioSource

__all__ = ["own_text"]

_MARKER = re.compile(r"(---|\.\.\.)(\s|$)")


def own_text(source: ScenarioSource) -> str:
    """Return the lines of a file that belong to this scenario: those between its document markers."""
    lines = source.text.splitlines()
    position, _ = source.located.find(())
    first = last = min(position.line, len(lines)) - 1
    while first > 0 and not _MARKER.match(lines[first - 1]):
        first -= 1
    while last < len(lines) and not (last > first and _MARKER.match(lines[last])):
        last += 1
    return "\n".join(lines[first:last]).strip("\n") + "\n"
