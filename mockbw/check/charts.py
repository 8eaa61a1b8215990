"""Charts for the report as SVG: callbacks on an axis of virtual time, and how long the answers took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from math import log10

from mockbw.check.evidence import ObservedCallback
from mockbw.check.failures import kind_of
from mockbw.documents.durations import format_duration

__all__ = ["answer_times", "timeline"]

WIDTH = 760
LABELS = 250
"""Where the axis starts; labels are to the left of it."""
RIGHT = WIDTH - 70
"""Where the axis ends; answers are to the right of it."""
LANE = 24
SHOWN = 12
"""How many callbacks are drawn; a chart of more is unreadable."""

_TICKS = (0, 1_000, 10_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 259_200_000)
_ids = count(1)


def _place(at: int, longest: int) -> float:
    """Return the position of an offset in virtual milliseconds on the axis, which is logarithmic above a second."""

    def scale(milliseconds: int) -> float:
        return milliseconds / 1000 if milliseconds < 1000 else 1 + log10(milliseconds / 1000)

    return LABELS + (RIGHT - LABELS) * scale(max(0, at)) / max(1.0, scale(longest))


def _svg(height: int, title: str, parts: Iterable[str]) -> str:
    name = f"chart-{next(_ids)}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}"><title id="{name}">{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def _mark(x: float, y: float, good: bool) -> str:
    """A filled circle is an answer that counts, a cross one that does not: distinguishable without colour."""
    if good:
        return f'<circle class="good" cx="{x:.1f}" cy="{y}" r="6"/>'
    return f'<path class="bad" d="M{x - 5:.1f} {y - 5}l10 10m0 -10l-10 10"/>'


def timeline(observed: Sequence[ObservedCallback]) -> str:
    """Draw every attempt of the callbacks at its virtual time, one lane for each callback."""
    shown = observed[:SHOWN]
    longest = max((attempt.at for callback in shown for attempt in callback.attempts), default=0)
    bottom = LANE * len(shown) + 8
    parts = []
    ticks = [tick for tick in _TICKS if tick <= max(longest, 1000)]
    for tick in ticks:
        x = _place(tick, longest)
        parts.append(f'<path class="grid" d="M{x:.1f} 4V{bottom}"/>')
        parts.append(_text(x, bottom + 16, format_duration(tick) if tick else "0", "axis", "middle"))
    for lane, callback in enumerate(shown):
        y = LANE * lane + 20
        parts.append(
            _text(0, y + 4, _short(f"{callback.label}{f' → {callback.event.recipient}' if callback.event.recipient else ''}"))
        )
        parts.append(f'<path class="lane" d="M{LABELS} {y}H{RIGHT}"/>')
        parts.extend(_mark(_place(attempt.at, longest), y, attempt.outcome.delivered) for attempt in callback.attempts)
        if callback.attempts:
            parts.append(_text(RIGHT + 14, y + 4, kind_of(callback.last), "good-text" if _good(callback) else "bad-text"))
    title = f"{len(observed)} callbacks in virtual time" + ("" if len(shown) == len(observed) else f", the first {SHOWN} shown")
    return _svg(bottom + 24, title, parts)


def _good(callback: ObservedCallback) -> bool:
    return callback.last is not None and callback.last.delivered


def _short(label: str) -> str:
    return label if len(label) <= 38 else f"{label[:37]}…"


def answer_times(latencies: Sequence[float], limit: int) -> str:
    """Draw every answer as a tick on a logarithmic axis of wall time, with the platform's time-out."""
    longest = max(limit * 1.5, *latencies)

    def place(milliseconds: float) -> float:
        return 20 + (WIDTH - 60) * log10(max(1.0, milliseconds)) / log10(max(10.0, longest))

    parts = ['<path class="lane" d="M20 40H740"/>']
    tick = 1
    while tick <= longest:
        label = f"{tick} ms" if tick < 1000 else f"{tick / 1000:g} s"
        parts.append(_text(place(tick), 66, label, "axis", "middle"))
        parts.append(f'<path class="grid" d="M{place(tick):.1f} 44v8"/>')
        tick *= 10
    for milliseconds in latencies:
        style = "good-line" if milliseconds < limit / 2 else "bad-line"
        parts.append(f'<path class="{style}" d="M{place(milliseconds):.1f} 24v28"/>')
    x = place(limit)
    parts.append(f'<path class="limit" d="M{x:.1f} 14V54"/>')
    parts.append(_text(x, 11, "the platform gives up", "axis", "end" if x > WIDTH / 2 else "start"))
    return _svg(74, f"{len(latencies)} answers by the time they took; the platform gives up after {limit / 1000:g} s", parts)
