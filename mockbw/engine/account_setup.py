"""How accounts are created, or restored from a journal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from mockbw.core.clock import Clock, ClockMode
from mockbw.core.retention import is_busy
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.scenario.edition import DEFAULT_EDITION
from mockbw.scenario.loader import ScenarioSource
from mockbw.wallclock import monotonic_ms, now_ms

__all__ = ["MOST_ACCOUNTS", "AccountSetup", "RestoredAccount", "TimeFollower", "account_name"]

MOST_ACCOUNTS = 10_000
"""How many accounts one server has at most by default. An empty one takes about 20 kB."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:+-]{0,99}", re.ASCII)

SEEDED_START = 1_516_809_600_000
"""The default start of a seeded manual or auto clock: 2018-01-24T16:00:00Z."""


def account_name(value: str) -> str:
    """Return the name if it is valid for an account.

    Raises:
        ValueError: it is not.
    """
    if not _NAME.fullmatch(value):
        right = "use letters, digits and _ . @ : + -, at most 100 of them, starting with a letter or digit"
        raise ValueError(f"{value[:100]!r} is not a valid name for an account: {right}")
    return value


class TimeFollower(Protocol):
    """Another time that is kept in step with a manual or auto clock: the frozen time of a test."""

    def active(self) -> bool:
        """Return whether there is such a time at present."""
        ...

    def start(self) -> int | None:
        """Return where the clock starts; called until something has happened in the account. None: where it is."""
        ...

    def moved(self, by: int) -> None:
        """The clock has advanced by so many milliseconds; what is due there is performed next."""
        ...


@dataclass(frozen=True, slots=True)
class AccountSetup:
    """How accounts are set up.

    ``start`` None: at ``default_start``. If there is none either, now; but a seeded manual or auto clock then starts at a fixed
    instant, to be repeatable.

    ``concurrency`` is the number of concurrent attempts for one origin. None: one at a time on a manual or auto clock, so that a
    run is repeatable to the byte, else 64. ``count_downtime``: a scaled clock that is restored from a journal has continued
    meanwhile.
    """

    edition: str = DEFAULT_EDITION
    mode: ClockMode = ClockMode.SCALED
    rate: float = 1440.0
    start: int | None = None
    default_start: int | None = None
    seed: str | None = None
    settings: AccountSettings = field(default_factory=AccountSettings)
    sources: tuple[ScenarioSource, ...] = ()
    concurrency: int | None = None
    count_downtime: bool = False
    follower: TimeFollower | None = None

    def clock(self) -> Clock:
        """Return the clock of a new account."""
        start = self.start
        if start is None:
            start = self.default_start
        if start is None:
            repeats = self.seed is not None and not self.mode.flows
            start = SEEDED_START if repeats else now_ms()
        return Clock(now=start, wall=monotonic_ms(), mode=self.mode, rate=self.rate)

    @property
    def application_follows(self) -> bool:
        """Whether the application's time is known to be the account's: it is frozen, or the clock was set to a start."""
        return self.start is not None or (self.follower is not None and self.follower.active())

    def seed_of(self, account: str, again: str = "") -> str | None:
        """Return the seed of the account's ids and random choices; None: random."""
        return f"{self.seed}/{account}{again}" if self.seed is not None else None


@dataclass(slots=True)
class RestoredAccount:
    """An account restored from a journal: its records, and the wall time of its last entry in milliseconds.

    ``alive`` is until when its server was alive after that, if it was killed, or else 0.
    """

    records: Records = field(default_factory=Records)
    wall: int = 0
    alive: int = 0

    def clock(self, setup: AccountSetup) -> Clock:
        """Return a clock that continues where it was: time went on after the last entry, for as long as the server was alive.

        While the server was down only a real clock continued, and a scaled one if the setup says so. That one runs at its rate
        while something is pending, as it does while the server is up.
        """
        changed = self.records.clock
        mode, rate = (ClockMode(changed.mode), changed.rate) if changed is not None else (setup.mode, setup.rate)
        clock = Clock(now=self.records.time, wall=monotonic_ms(), mode=mode, rate=rate)
        if not mode.flows:
            return clock
        until = max(self.wall, self.alive)
        if mode is ClockMode.REAL or setup.count_downtime:
            until = max(until, now_ms())
        pace = clock.rate if is_busy(self.records) else 1.0
        return Clock(now=self.records.time + int((until - self.wall) * pace), wall=monotonic_ms(), mode=mode, rate=rate)
