"""Durations as people write them: ``500ms``, ``2s``, ``10m``, ``24h``, ``1d``, ``1m30s``."""

from __future__ import annotations

import re

__all__ = ["format_duration", "parse_duration"]

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_LONGEST = 366 * _UNITS["d"]


def parse_duration(text: str) -> int:
    """Return the milliseconds of a duration.

    Raises:
        ValueError: with a sentence that says what would be right.
    """
    written = text.strip()
    if written == "0":
        return 0
    total, end = 0.0, 0
    for part in _PART.finditer(written):
        if part.start() != end:
            break
        total, end = total + float(part[1]) * _UNITS[part[2]], part.end()
    if not written or end != len(written):
        if re.fullmatch(r"\d+(\.\d+)?", written, re.ASCII):
            raise ValueError(f"the duration {written!r} lacks a unit: write {written}s or {written}ms")
        raise ValueError(f"{written!r} is not a valid duration: write it as 500ms, 2s, 10m, 24h, 1d or 1m30s")
    if total > _LONGEST:
        raise ValueError(f"the duration {written!r} is longer than a year")
    return round(total)


def format_duration(milliseconds: float) -> str:
    """Write milliseconds in the form that ``parse_duration`` reads: ``90000`` is ``1m30s``."""
    rest = round(milliseconds)
    if rest == 0:
        return "0s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
