"""Message ids in the platform's format, from a random source that is passed in."""

from __future__ import annotations

from typing import Protocol

__all__ = ["ALPHABET", "RandomBits", "message_id"]

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
"""Lower-case base32 of RFC 4648, as in every published sample (P17)."""

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


class RandomBits(Protocol):
    """The part of ``random.Random`` that the core uses."""

    def getrandbits(self, k: int, /) -> int: ...  # noqa: D102 - as in random.Random

    def random(self) -> float: ...  # noqa: D102 - as in random.Random


def message_id(time: int, random: RandomBits) -> str:
    """Return a 29-character id: 13 digits of virtual milliseconds, then 80 random bits in base32 (P17)."""
    bits = random.getrandbits(80)
    tail = "".join([_PAIRS[(bits >> shift) & 1023] for shift in (70, 60, 50, 40, 30, 20, 10, 0)])
    return f"{time:013d}{tail}"
