"""Virtual time: integer milliseconds since the epoch, on a clock that is moved by real time, by a rate, or by the user.

Wall time is always an argument (milliseconds of any monotonic source), so the clock itself is plain arithmetic.

A ``scaled`` clock runs at its rate only as far as pending work needs it, and otherwise at the pace of the wall clock: for an
application that compares our times with its own, they are ahead only by as much as that work required. The driver of the clock
knows what is pending, and calls ``hurry``.
"""

from __future__ import annotations

from enum import StrEnum

from mockbw.core.base import Value
from mockbw.errors import ClockError

__all__ = ["DAY", "LATEST", "Clock", "ClockMode", "Hold", "HoldKind", "rate_for_day"]

DAY = 86_400_000
"""One day in milliseconds."""

LATEST = 32_503_680_000_000
"""The last instant that a clock can be advanced to: the year 3000."""


class ClockMode(StrEnum):
    """What moves virtual time.

    ``real``: the wall clock. ``scaled``: the wall clock, times ``rate`` while work is pending. ``auto``: waits while there are
    holds, then jumps to the next deadline. ``manual``: moves only when advanced.
    """

    REAL = "real"
    SCALED = "scaled"
    AUTO = "auto"
    MANUAL = "manual"

    @property
    def flows(self) -> bool:
        """True when virtual time follows the wall clock."""
        return self in (ClockMode.REAL, ClockMode.SCALED)


def rate_for_day(wall_ms: int) -> float:
    """Return the rate at which 24 virtual hours take ``wall_ms`` of wall time."""
    if wall_ms <= 0:
        raise ClockError("a day cannot take no time: use the auto clock for that")
    return DAY / wall_ms


def _in_range(instant: int) -> float:
    if not 0 <= instant <= LATEST:
        raise ClockError(f"a clock can be sent to the years 1970 to 3000, not to {instant} ms after 1970")
    return float(instant)


class HoldKind(StrEnum):
    """What keeps a manual or auto clock from moving.

    ``answer``: a client's request that is being answered. ``attempt``: an HTTP request that is queued or in flight. ``advance``:
    an advance in progress. ``by-hand``: a hold that a user took.
    """

    ANSWER = "answer"
    ATTEMPT = "attempt"
    ADVANCE = "advance"
    BY_HAND = "by-hand"


class Hold(Value, frozen=True):
    """One reason why a manual or auto clock must not move. Equal holds can be taken several times; ``str`` returns its name.

    ``subject`` is the message that is answered, the callback that is attempted (at ``url``), or the name chosen by the user.
    """

    kind: HoldKind
    subject: str = ""
    url: str = ""

    def __str__(self) -> str:
        match self.kind:
            case HoldKind.ANSWER:
                return f"answer to {self.subject}"
            case HoldKind.ATTEMPT:
                return f"attempt of {self.subject} to {self.url}"
            case HoldKind.ADVANCE:
                return "advance"
            case HoldKind.BY_HAND:
                return self.subject


class Clock:
    """One account's clock.

    Rules: virtual time is continuous and never goes back; a change of mode or rate folds the elapsed time in first; an
    ``auto`` or ``manual`` clock moves only while no hold is taken, so ``holds`` explains why time does not move.
    """

    def __init__(self, *, now: int, wall: float, mode: ClockMode = ClockMode.SCALED, rate: float = 1440.0) -> None:
        self.mode = mode
        self.flows = mode.flows
        """``mode.flows``, cached since every input needs it."""
        self._rate = rate
        self._virtual = _in_range(now)
        self._wall = wall
        self._hurry: float = 0
        """The instant up to which a scaled clock runs at its rate; from there on it runs with the wall clock."""
        self._holds: dict[Hold, int] = {}

    @property
    def rate(self) -> float:
        """Virtual milliseconds per wall millisecond while work is pending; 1.0 on a ``real`` clock."""
        return 1.0 if self.mode is ClockMode.REAL else self._rate

    @property
    def scaled_rate(self) -> float:
        """The rate of the clock whenever it is ``scaled``."""
        return self._rate

    @property
    def hurries_until(self) -> float:
        """The instant up to which a scaled clock runs at its rate; infinite until ``hurry`` is called."""
        return self._hurry

    def pace(self, wall: float) -> float:
        """Return virtual milliseconds per wall millisecond at that wall time; 0.0 while the clock does not run."""
        if not self.flows:
            return 0.0
        return self._rate if self.mode is ClockMode.SCALED and self._exact(wall) < self._hurry else 1.0

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The current holds, in the order in which they were taken."""
        return tuple(self._holds)

    def now(self, wall: float) -> int:
        """Return virtual time at that wall time."""
        return int(self._exact(wall))

    def _exact(self, wall: float) -> float:
        if not self.flows:
            return self._virtual
        passed = max(0.0, wall - self._wall)
        hurried = self._hurried()
        if passed < hurried:
            return self._virtual + passed * self._rate
        return max(self._virtual, self._hurry if hurried else 0) + (passed - hurried)

    def _hurried(self) -> float:
        """Return for how many wall milliseconds the clock runs at its rate."""
        return max(0.0, self._hurry - self._virtual) / self._rate if self.mode is ClockMode.SCALED else 0.0

    def wall_until(self, instant: int, wall: float) -> float | None:
        """Return the wall milliseconds until virtual ``instant``; 0 when it is past, None when the clock does not run there."""
        if not self.flows:
            return 0.0 if instant <= self._virtual else None
        hurried = self._hurried()
        way = (min(instant, self._hurry) - self._virtual) / self._rate if hurried else 0.0
        rest = max(0.0, instant - (self._hurry if hurried else self._virtual))
        return max(0.0, way + rest - (wall - self._wall))

    def hurry(self, until: float, wall: float) -> None:
        """Let a scaled clock run at its rate up to an instant from this wall time on, then with the wall clock; 0: not at all."""
        if until != self._hurry:
            self._fold(wall)
            self._hurry = until

    def hurry_on(self, until: float) -> None:
        """Let a clock that has run to a deadline continue to the next one, as if that had been known when it arrived.

        So a driver that is late, and finds several deadlines at once, loses no time between them.
        """
        if self._rate > 1 and self._virtual < self._hurry < until:  # a slower one would go back
            self._fold(self._wall + self._hurried())
            self._hurry = until

    def _fold(self, wall: float) -> None:
        self._virtual, self._wall = self._exact(wall), max(wall, self._wall)

    def set(self, mode: ClockMode, wall: float, rate: float | None = None) -> None:
        """Change mode or rate from this wall time on.

        Raises:
            ClockError: the rate is not a positive number.
        """
        if rate is not None and not 0 < rate < float("inf"):
            raise ClockError(f"the rate must be a positive number, not {rate}")
        self._fold(wall)
        self.mode, self.flows = mode, mode.flows
        if not self.flows:
            self._virtual = float(int(self._virtual))
        if rate is not None:
            self._rate = rate

    def begin(self, instant: int, wall: float) -> None:
        """Set a clock on which nothing has happened yet to an instant, which may be earlier than the current one.

        Raises:
            ClockError: no clock can be sent there.
        """
        self._virtual, self._wall = _in_range(instant), wall

    def hold(self, hold: Hold) -> None:
        """Take a hold; the same one can be taken several times."""
        self._holds[hold] = self._holds.get(hold, 0) + 1

    def release(self, hold: Hold) -> None:
        """Release a hold.

        Raises:
            ClockError: there is no such hold.
        """
        out = self._holds.get(hold, 0)
        if not out:
            raise ClockError(f"there is no hold named {str(hold)!r}")
        if out == 1:
            del self._holds[hold]
        else:
            self._holds[hold] = out - 1

    def is_held(self, *, besides: Hold | None = None) -> bool:
        """Return whether a hold forbids an advance; ``besides`` is the mover's own hold, which does not."""
        return len(self._holds) > (besides in self._holds)

    def jump(self, instant: int, *, by: Hold | None = None) -> None:
        """Move an ``auto`` or ``manual`` clock forward to ``instant``; ``by`` is the mover's own hold.

        Raises:
            ClockError: the clock runs by itself, time would go back, or there is a hold.
        """
        if self.flows:
            raise ClockError(f"a {self.mode} clock runs by itself")
        if instant < self._virtual:
            raise ClockError("virtual time never goes back")
        if self.is_held(besides=by):
            raise ClockError("the clock cannot move", tuple(str(hold) for hold in self._holds if hold != by))
        self._virtual = float(instant)
