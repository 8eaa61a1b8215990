"""Which clock an instant in a request refers to, and what it means in virtual time.

An application writes instants into its requests: ``expiration``, the range of a list. It takes them from its own clock, and
virtual time is often far ahead of that. By "in ten minutes" it means ten minutes from its own current time. So an instant is
converted by its distance from wall time; unless the application's time follows virtual time, like that of a test which is frozen
along with the clock: then it is used as it is.
"""

from __future__ import annotations

from enum import StrEnum

from mockbw.core.base import Value

__all__ = ["ApplicationTime", "Present"]


class ApplicationTime(StrEnum):
    """Whose time the application's requests are written in.

    ``wall``: wall time. ``virtual``: the account's own. ``auto``: the account's own if the application is known to follow it,
    else wall time.
    """

    AUTO = "auto"
    WALL = "wall"
    VIRTUAL = "virtual"

    def follows(self, *, known_to: bool) -> bool:
        """Return whether the application's time is the account's; ``known_to``: what is known about it otherwise."""
        return known_to if self is ApplicationTime.AUTO else self is ApplicationTime.VIRTUAL


class Present(Value, frozen=True):
    """The moment of a request in milliseconds since the epoch: ``now`` in virtual time, ``application`` by the sender's clock."""

    now: int
    application: int

    def virtual(self, instant: int) -> int:
        """Return the virtual time for an instant of the sender's own clock."""
        return self.now + (instant - self.application)
