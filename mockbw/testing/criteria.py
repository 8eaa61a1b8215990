"""The fields that a test expects of a message, and the messages that nearly have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbw.errors import nearest
from mockbw.scenario.patterns import Pattern
from mockbw.testing.views import Message

__all__ = ["Criteria"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

SHOWN = 3
"""How many near misses a failed assertion shows."""

_FIELDS: Mapping[str, Callable[[Message], Any]] = {
    "to": lambda message: message.to,
    "sender": lambda message: message.sender,
    "text": lambda message: message.text,
    "media": lambda message: message.media,
    "tag": lambda message: message.tag,
    "kind": lambda message: message.kind,
    "application": lambda message: message.application,
    "scenario": lambda message: message.scenario,
    "status": lambda message: message.status,
    "failed_with": lambda message: message.failed_with,
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Fields that a message must have, by name.

    An expected text is exact, a glob (``"Your code is *"``) or a ``/regex/`` as in scenario files; a compiled regex works too,
    and so does anything that compares equal. For ``to`` and ``media``, a text must be one of them; a list must be all of them.
    """

    expected: Mapping[str, Any]

    @classmethod
    def of(cls, expected: Mapping[str, Any]) -> Criteria:
        """Check the names.

        Raises:
            TypeError: messages have no such field; names the nearest.
        """
        for name in expected:
            if name not in _FIELDS:
                close = {"from_": "sender", "from": "sender", "code": "failed_with"}.get(name) or nearest(name, _FIELDS)
                hint = f"did you mean {close!r}?" if close else f"the fields are {', '.join(_FIELDS)}"
                raise TypeError(f"messages have no field {name!r}: {hint}")
        return cls(expected)

    def match(self, message: Message) -> bool:
        """Return True when the message has every expected field."""
        return not self._differing(message)

    def _differing(self, message: Message) -> list[str]:
        return [name for name, expected in self.expected.items() if not _holds(expected, _FIELDS[name](message))]

    def __str__(self) -> str:
        if not self.expected:
            return ""
        return " with " + ", ".join(f"{name}={_shown(value)}" for name, value in self.expected.items())

    def describe(self, messages: Iterable[Message]) -> list[str]:
        """Return lines about the nearest messages, with their differing fields marked."""
        ranked = sorted(messages, key=lambda message: len(self._differing(message)))
        lines = [line for message in ranked[:SHOWN] for line in self._describe(message)]
        if len(ranked) > SHOWN:
            lines.append(f"  … and {len(ranked) - SHOWN} more")
        return lines

    def _describe(self, message: Message) -> list[str]:
        differing = self._differing(message)
        width = max(map(len, self.expected), default=0)
        lines = [f"  {headline(message)}"]
        for name, expected in self.expected.items():
            value = _shown(_FIELDS[name](message))
            if name in differing:
                lines.append(f"    ✗ {name:{width}} is       {value}")
                lines.append(f"      {'':{width}} expected {_shown(expected)}")
            else:
                lines.append(f"    ✓ {name:{width}} is       {value}")
        return lines


def headline(message: Message) -> str:
    """Return a message in one line."""
    failed = f" {message.failed_with}" if message.failed_with is not None else ""
    text = "" if message.text is None else f" {_short(message.text)!r}"
    media = f" +{len(message.media)} media" if message.media else ""
    return f"{message.kind} {message.sender} → {', '.join(message.to)}{text}{media}: {message.status}{failed}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _holds(expected: Any, value: Any) -> bool:
    if isinstance(value, tuple):
        if isinstance(expected, Sequence) and not isinstance(expected, str):
            return len(expected) == len(value) and all(_holds(one, other) for one, other in zip(expected, value, strict=True))
        return any(_holds(expected, one) for one in value) or bool(expected == value)
    if isinstance(expected, re.Pattern):
        return isinstance(value, str) and expected.search(value) is not None
    if isinstance(expected, str) and isinstance(value, str):
        return value == expected or Pattern(expected).match(value) is not None
    return bool(expected == value)


def _shown(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    if isinstance(value, tuple) and len(value) == 1:
        return repr(value[0])
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
