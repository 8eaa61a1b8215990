"""Numbers as text, for the log as well as for terminals."""

from __future__ import annotations

__all__ = ["clock_face", "counted"]


def counted(number: int, noun: str) -> str:
    """Write ``1 scenario`` or ``3 scenarios``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clock_face(milliseconds: int) -> str:
    """Write an offset in virtual time as hours, minutes and seconds: ``00:03:30``; tenths only where it is not a whole second."""
    seconds, rest = divmod(milliseconds, 1000)
    face = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return face if not rest else f"{face}.{rest // 100}"
