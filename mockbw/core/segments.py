"""The number of segments of a text on a carrier's network (P6; alphabets from GSM 03.38)."""

from __future__ import annotations

__all__ = ["GSM_BASIC", "GSM_EXTENSION", "count_segments", "is_gsm"]

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One septet each."""

GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Two septets each: an escape, then the character."""

_GSM = GSM_BASIC | GSM_EXTENSION
_SEPTETS, _SEPTETS_CONCATENATED = 160, 153
_UNITS, _UNITS_CONCATENATED = 70, 67


def is_gsm(text: str) -> bool:
    """Return True when every character is in the GSM 7-bit alphabet, so that the text is not sent as UCS-2."""
    return _GSM.issuperset(text)


def count_segments(text: str) -> int:
    """Return the number of segments of an SMS; an MMS is always one and is not counted here (P6).

    A character is never split over two segments: an escape pair or a surrogate pair that does not fit moves to the next.
    """
    if text.isascii() and _GSM.issuperset(text):
        septets = len(text) + sum(map(text.count, "^{}\\[~]|\f"))
        if septets <= _SEPTETS:
            return 1
    if is_gsm(text):
        costs = [2 if character in GSM_EXTENSION else 1 for character in text]
        return _fill(costs, _SEPTETS, _SEPTETS_CONCATENATED)
    costs = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return _fill(costs, _UNITS, _UNITS_CONCATENATED)


def _fill(costs: list[int], single: int, concatenated: int) -> int:
    if sum(costs) <= single:
        return 1
    segments, used = 1, 0
    for cost in costs:
        if used + cost > concatenated:
            segments, used = segments + 1, 0
        used += cost
    return segments
