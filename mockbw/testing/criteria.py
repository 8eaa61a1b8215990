"""What a test asks of a message, and which messages came near."""

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

    A wanted text is exact, a glob (``"Your code is *"``) or a ``/regex/`` as in scenario files; a compiled regex works too, and
    so does anything that compares equal. For ``to`` and ``media`` one text must be among them; a list must be all of them.
    """

    wanted: Mapping[str, Any]

    @classmethod
    def of(cls, wanted: Mapping[str, Any]) -> Criteria:
        """Check the names.

        Raises:
            TypeError: messages have no such field; names the nearest.
        """
        for name in wanted:
            if name not in _FIELDS:
                close = {"from_": "sender", "from": "sender", "code": "failed_with"}.get(name) or nearest(name, _FIELDS)
                hint = f"did you mean {close!r}?" if close else f"there are {', '.join(_FIELDS)}"
                raise TypeError(f"messages have no field {name!r}: {hint}")
        return cls(wanted)

    def match(self, message: Message) -> bool:
        """Return True when the message has every wanted field."""
        return not self._differing(message)

    def _differing(self, message: Message) -> list[str]:
        return [name for name, wanted in self.wanted.items() if not _holds(wanted, _FIELDS[name](message))]

    def __str__(self) -> str:
        if not self.wanted:
            return ""
        return " with " + ", ".join(f"{name}={_shown(value)}" for name, value in self.wanted.items())

    def describe(self, messages: Iterable[Message]) -> list[str]:
        """Return lines about the messages that come nearest, their differing fields marked."""
        ranked = sorted(messages, key=lambda message: len(self._differing(message)))
        lines = [line for message in ranked[:SHOWN] for line in self._describe(message)]
        if len(ranked) > SHOWN:
            lines.append(f"  … and {len(ranked) - SHOWN} more")
        return lines

    def _describe(self, message: Message) -> list[str]:
        differing = self._differing(message)
        width = max(map(len, self.wanted), default=0)
        lines = [f"  {headline(message)}"]
        for name, wanted in self.wanted.items():
            value = _shown(_FIELDS[name](message))
            if name in differing:
                lines.append(f"    ✗ {name:{width}} is     {value}")
                lines.append(f"      {'':{width}} wanted {_shown(wanted)}")
            else:
                lines.append(f"    ✓ {name:{width}} is     {value}")
        return lines


def headline(message: Message) -> str:
    """Return a message in one line."""
    failed = f" {message.failed_with}" if message.failed_with is not None else ""
    text = "" if message.text is None else f" {_short(message.text)!r}"
    media = f" +{len(message.media)} media" if message.media else ""
    return f"{message.kind} {message.sender} → {', '.join(message.to)}{text}{media}: {message.status}{failed}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _holds(wanted: Any, value: Any) -> bool:
    if isinstance(value, tuple):
        if isinstance(wanted, Sequence) and not isinstance(wanted, str):
            return len(wanted) == len(value) and all(_holds(one, other) for one, other in zip(wanted, value, strict=True))
        return any(_holds(wanted, one) for one in value) or bool(wanted == value)
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and wanted.search(value) is not None
    if isinstance(wanted, str) and isinstance(value, str):
        return value == wanted or Pattern(wanted).match(value) is not None
    return bool(wanted == value)


def _shown(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    if isinstance(value, tuple) and len(value) == 1:
        return repr(value[0])
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
