"""A schedule on a time axis, drawn with characters: one line for each callback, one mark for each attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log1p

from rich.text import Text

from mockbw.cli.console import NARROW
from mockbw.documents.durations import format_duration
from mockbw.scenario.explain import Row, Schedule

__all__ = ["draw"]

LABELS = 32
"""The width of the labels, in columns."""

_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_TICKS = (0, _SECOND, 10 * _SECOND, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, 24 * _HOUR, 7 * 24 * _HOUR, 30 * 24 * _HOUR)
_MARKS = {
    "attempt": ("✗", "red"),
    "accepted": ("┼", "bold"),
    "refused": ("✗", "red"),
    "received": ("◆", "magenta"),
    "not told": ("○", "yellow"),
    "outage": ("▒", "yellow"),
    "state": ("◇", "bold"),
    "network": ("◆", "magenta"),
}

Scale = Callable[[int], int]


def draw(schedule: Schedule, width: int) -> Iterator[Text]:
    """Yield the axis and its lines, each label above its line where the terminal is narrow.

    Time is drawn logarithmically, so that seconds and hours both have room.
    """
    labels = LABELS if width >= NARROW else 0
    columns = max(20, min(width - labels - 2, 90))
    span = max(schedule.span, _SECOND)

    def scale(at: int) -> int:
        return round(log1p(at / _SECOND) / log1p(span / _SECOND) * (columns - 1))

    yield _ticks(scale, span, columns, labels)
    for label, rows in _lines(schedule):
        if not labels:
            yield Text(label)
        yield _line(label, rows, scale, columns, labels)


def _ticks(scale: Scale, span: int, columns: int, labels: int) -> Text:
    numbers = [" "] * (columns + 8)
    end = -1
    for tick in _TICKS:
        if tick <= span and scale(tick) > end:
            name = format_duration(tick)
            numbers[scale(tick) : scale(tick) + len(name)] = name
            end = scale(tick) + len(name)
    return Text(" " * labels + "".join(numbers).rstrip(), "dim")


def _lines(schedule: Schedule) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of each line: first those that belong to no callback, then one line for each callback."""
    others = [row for row in schedule.rows if row.callback is None]
    if others:
        yield "message", others
    callbacks: dict[str, list[Row]] = {}
    for row in schedule.rows:
        if row.callback is not None:
            callbacks.setdefault(row.callback, []).append(row)
    for rows in callbacks.values():
        yield rows[0].text, rows


def _line(label: str, rows: list[Row], scale: Scale, columns: int, labels: int) -> Text:
    cells: list[tuple[str, str]] = [("·", "dim")] * columns
    first, last = scale(rows[0].at), scale(rows[-1].at + rows[-1].lasts)
    for column in range(first, last + 1):
        cells[column] = ("─", "dim")
    for row in rows:
        for column in range(scale(row.at), scale(row.at + row.lasts) + 1):
            cells[column] = _MARKS[row.what]
        if row.ends == "delivered":
            cells[scale(row.at)] = ("●", "bold green")
    shown = label if len(label) < LABELS else f"{label[: LABELS - 2]}…"
    return Text.assemble(f"{shown:<{labels}}" if labels else "", *cells)
