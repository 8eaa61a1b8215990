"""Whether a scenario matches a message, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockbw.core.model import Message
from mockbw.core.timeline import Situation
from mockbw.scenario.patterns import Pattern
from mockbw.scenario.schema import Match

__all__ = ["MatchResult", "Matcher"]


_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Whether a message matches: the bound names, or what did not hold (``failed`` conditions of ``total``)."""

    bindings: Mapping[str, str] | None
    because: str = ""
    failed: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class _Condition:
    name: str
    patterns: Sequence[Pattern]
    values: Callable[[Message], Iterable[str]]

    def check(self, message: Message) -> Mapping[str, str] | None:
        return self.bind(self.values(message))

    def bind(self, values: Iterable[str]) -> Mapping[str, str] | None:
        for value in values:
            for pattern in self.patterns:
                if (groups := pattern.match(value)) is not None:
                    return groups
        return None

    def reason(self, message: Message) -> str:
        expected = " or ".join(repr(pattern.written) for pattern in self.patterns)
        actual = ", ".join(repr(_short(value)) for value in self.values(message)) or "absent"
        return f"{self.name} is {actual}, expected {expected}"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}…"


_FIELDS: Mapping[str, tuple[str, Callable[[Message], Iterable[str]]]] = {
    "to": ("to", lambda message: message.to),
    "from_": ("from", lambda message: (message.sender,)),
    "text": ("text", lambda message: (message.text or "",)),
    "tag": ("tag", lambda message: (message.tag,) if message.tag is not None else ()),
    "application": ("application", lambda message: (message.application,)),
}


class Matcher:
    """The ``match`` of one scenario, compiled."""

    def __init__(self, match: Match) -> None:
        self.kind = match.kind
        self.state = match.state
        self._conditions = [
            _Condition(label, [Pattern(written) for written in patterns], values)
            for field, (label, values) in _FIELDS.items()
            if (patterns := getattr(match, field)) is not None
        ]
        self._to = next((condition for condition in self._conditions if condition.name == "to"), None)

    @property
    def groups(self) -> frozenset[str]:
        """The names that a match binds."""
        return frozenset(name for condition in self._conditions for pattern in condition.patterns for name in pattern.groups)

    @property
    def starts(self) -> tuple[str, ...] | None:
        """The prefixes of the numbers that can match, for an index; None when ``to`` is open."""
        if self._to is None:
            return None
        starts = tuple(pattern.start for pattern in self._to.patterns)
        return tuple(start for start in starts if start) if all(starts) else None

    def recipient(self, number: str) -> Mapping[str, str] | None:
        """Return what ``to`` binds for one recipient of a message; None when the scenario is not for that recipient."""
        return _NOTHING if self._to is None else self._to.bind((number,))

    def check(self, message: Message, situation: Situation) -> MatchResult:
        """Check every condition against the message."""
        bindings: dict[str, str] = {}
        reasons: list[str] = []
        total = len(self._conditions) + (self.kind is not None) + (self.state is not None)
        if self.kind is not None and message.kind != self.kind:
            reasons.append(f"kind is {message.kind.value}, expected {self.kind}")
        for condition in self._conditions:
            groups = condition.check(message)
            if groups is None:
                reasons.append(condition.reason(message))
            else:
                bindings.update(groups)
        if self.state is not None:
            states = [situation.states.get(recipient, "none") for recipient in message.to]
            if self.state not in states:
                reasons.append(f"state is {', '.join(states)}, expected {self.state}")
        if reasons:
            return MatchResult(None, "; ".join(reasons), len(reasons), total)
        return MatchResult(bindings, total=total)
