"""Whose clock an instant in a request was read from, and what it means in virtual time.

An application writes instants into its requests: ``expiration``, the range of a list. It takes them from its own clock, which
virtual time has often left behind. What it means by "in ten minutes" is the distance from its own present. So an instant is read
by its distance from wall time; except where the application's time follows ours, as that of a test does which is frozen along
with the clock: then it is taken as it is.
"""

from __future__ import annotations

from enum import StrEnum

from mockbw.core.base import Value

__all__ = ["ApplicationTime", "Present"]


class ApplicationTime(StrEnum):
    """Whose time the application's requests are written in.

    ``wall``: that of the wall. ``virtual``: the account's own. ``auto``: the account's own if the application is known to follow
    it, else that of the wall.
    """

    AUTO = "auto"
    WALL = "wall"
    VIRTUAL = "virtual"

    def follows(self, *, known_to: bool) -> bool:
        """Return whether the application's time is the account's; ``known_to``: what is known of it otherwise."""
        return known_to if self is ApplicationTime.AUTO else self is ApplicationTime.VIRTUAL


class Present(Value, frozen=True):
    """The moment of a request in milliseconds since the epoch: ``now`` in virtual time, ``application`` by the sender's clock."""

    now: int
    application: int

    def virtual(self, instant: int) -> int:
        """Return the virtual time that the sender means by an instant of its own clock."""
        return self.now + (instant - self.application)
