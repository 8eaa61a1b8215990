"""Keeps the frozen time of a test (freezegun) and an account's clock in step.

freezegun is never imported here: when no test has imported it, nothing can be frozen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

__all__ = ["FrozenTime"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - freezegun keeps naive UTC


class FrozenTime:
    """Implements ``engine.TimeFollower`` for the innermost active freeze of any kind (plain, ``tick``, auto tick).

    The account's clock never goes back. When a freeze does (a nested one ends, ``move_to`` an earlier time), the two continue
    in parallel with the difference they have then.
    """

    def __init__(self) -> None:
        self._freeze: Any = None
        self._distance = 0
        self._catching_up = False

    def active(self) -> bool:
        """Return whether time is frozen."""
        return _active() is not None

    def start(self) -> int | None:
        """Return the frozen time in milliseconds since the epoch, or None when time is not frozen."""
        self._freeze, self._distance = _active(), 0
        return None if self._freeze is None else _now(self._freeze)

    def ahead(self, now: int) -> int:
        """Return by how many milliseconds the frozen time is ahead of the account's ``now``; 0 when it is not."""
        freeze = _active()
        if freeze is None:
            self._freeze = None
            return 0
        frozen = _now(freeze)
        if freeze is not self._freeze:
            self._freeze, self._distance = freeze, max(0, now - frozen)
        ahead = frozen + self._distance - now
        if ahead < 0:
            self._distance -= ahead
        return max(0, ahead)

    @contextmanager
    def catching_up(self) -> Iterator[None]:
        """While the account catches up with the frozen time, its advances do not tick the freeze."""
        self._catching_up = True
        try:
            yield
        finally:
            self._catching_up = False

    def moved(self, by: int) -> None:
        """Tick the freeze: the application under test sees the time at which it is called."""
        freeze = _active()
        if freeze is not None and not self._catching_up:
            freeze.move_to(_current(freeze) + timedelta(milliseconds=by))


def _active() -> Any:
    api = sys.modules.get("freezegun.api")
    freezes = getattr(api, "freeze_factories", None)
    return freezes[-1] if freezes else None


def _current(freeze: Any) -> datetime:
    """Return the frozen time without causing the tick of an auto-ticking freeze."""
    current: datetime = freeze.time_to_freeze if hasattr(freeze, "step_width") else freeze()
    return current


def _now(freeze: Any) -> int:
    return (_current(freeze) - _EPOCH) // timedelta(milliseconds=1)
