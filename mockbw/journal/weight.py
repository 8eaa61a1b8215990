"""The approximate memory of an entry, for the bounds in bytes.

Most entries have only ids and times, and the same size. What clients and endpoints have sent is added to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockbw.core import entries as j
from mockbw.core.bounds import ITEM, AnswerSizes, size_of, size_of_contents, size_of_message

__all__ = ["PLAIN", "WEIGHTS", "weigh"]

PLAIN = 320
"""Bytes of an entry of ids and times, with its number, its wall time and its index."""


def _snapshot(entry: j.MessagesForgotten) -> int:
    lists = (entry.messages, entry.callbacks, entry.plays, entry.states, entry.opted_out, entry.own_numbers)
    return 3 * ITEM * sum(len(each) for each in lists)


_ANSWERS = AnswerSizes()

WEIGHTS: Mapping[type, Callable[[Any], int]] = {
    j.MessageAccepted: lambda entry: size_of_message(entry.message),
    j.MessageReceived: lambda entry: size_of_message(entry.message),
    j.MessageRefused: lambda entry: size_of(entry.to) + len(entry.because),
    j.CallbackCreated: lambda entry: len(entry.url),
    j.AttemptFinished: lambda entry: _ANSWERS.of(entry.outcome),
    j.NetworkReplied: lambda entry: len(entry.text),
    j.RequestAnswered: lambda entry: len(entry.path) + len(entry.because) + size_of_contents(entry.contents),
    j.OutageBegan: lambda entry: size_of(entry.answer.body) + size_of(entry.answer.headers),
    j.MessagesForgotten: _snapshot,
}
"""The size of entries in addition to ``PLAIN``, by type."""


def weigh(entry: j.Entry) -> int:
    """Return the approximate size of an entry in memory, in bytes."""
    more = WEIGHTS.get(type(entry))
    return PLAIN if more is None else PLAIN + more(entry)
