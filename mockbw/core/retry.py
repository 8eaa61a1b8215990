"""When a callback is retried.

The platform documents only: until the endpoint answers 2xx, within 24 hours (P10). The intervals are ours, see
``docs/fidelity.md``. Delays are between the starts of attempts, so a schedule is a fixed list of offsets that
``mockbw explain`` can draw before anything was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockbw.core.clock import DAY
from mockbw.core.ids import RandomBits

__all__ = ["DEFAULT_RETRY", "RetrySchedule"]

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """The delays between the attempts of a callback, all in milliseconds.

    The last of ``delays`` repeats when ``repeat`` is set; ``jitter`` (0 to 1) lengthens each delay by up to that share;
    no attempt starts later than ``window`` after the first; ``timeout`` is wall time for one attempt.
    """

    delays: tuple[int, ...] = (*(n * _MINUTE // 2 for n in (1, 2, 4, 8, 16, 32, 64)), _HOUR)
    repeat: bool = True
    jitter: float = 0.0
    window: int = DAY
    timeout: int = 10 * _SECOND

    @classmethod
    def growing(cls, first: int, factor: float, longest: int, **rest: float) -> RetrySchedule:
        """Return a schedule whose delays start at ``first`` and grow by ``factor`` up to ``longest``."""
        delays: list[int] = []
        delay = float(first)
        while delay < longest and len(delays) < 1000 and factor > 1:
            delays.append(round(delay))
            delay *= factor
        delays.append(longest if factor > 1 else first)
        return cls(delays=tuple(delays), repeat=True, **rest)  # type: ignore[arg-type]  # jitter is the only float

    @property
    def most_attempts(self) -> int:
        """How many attempts a callback has if every one fails (jitter left out)."""
        count, offset = 1, 0
        for delay in self.delays:
            offset += delay
            if offset > self.window:
                return count
            count += 1
        if self.repeat and self.delays:
            count += (self.window - offset) // self.delays[-1]
        return count

    def delay_after(self, number: int, random: RandomBits | None = None) -> int | None:
        """Return the delay after attempt ``number`` (the first is 1), or None when the list has ended."""
        if number > len(self.delays) and not self.repeat:
            return None
        if not self.delays:
            return None
        delay = self.delays[min(number, len(self.delays)) - 1]
        if self.jitter and random is not None:
            delay += round(delay * self.jitter * random.random())
        return delay

    def next_due(self, *, first: int, previous: int, number: int, now: int, random: RandomBits | None = None) -> int | None:
        """Return when attempt ``number + 1`` starts, or None when the callback has expired.

        ``first`` and ``previous`` are when the first and the last attempt were due. If an attempt ends only after the next
        one was due, that one follows at once, and the schedule continues from there.
        """
        delay = self.delay_after(number, random)
        if delay is None:
            return None
        due = max(previous + delay, now)
        return due if due - first <= self.window else None

    def dues(self, first: int, due: int, number: int = 1) -> Iterator[int]:
        """Yield when the attempts from ``number`` on are due if every one fails (jitter left out).

        ``first`` is when the first attempt was due, ``due`` when attempt ``number`` is.
        """
        following: int | None = due
        while following is not None:
            yield following
            following = self.next_due(first=first, previous=following, number=number, now=following)
            number += 1


DEFAULT_RETRY = RetrySchedule()
"""30 s, 1, 2, 4, 8, 16, 32 minutes, then every hour, for 24 hours: 30 attempts."""
