"""The only place that reads the wall clock. It stays real while a test has frozen its own time."""

from __future__ import annotations

import time

__all__ = ["monotonic_ms", "now_ms"]

if hasattr(time, "clock_gettime"):  # not patched by freezegun, whenever it starts

    def now_ms() -> int:
        """Return milliseconds since the epoch."""
        return time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000_000

    def monotonic_ms() -> float:
        """Return milliseconds of a clock that never goes back."""
        return time.clock_gettime(time.CLOCK_MONOTONIC) * 1000

else:  # Windows
    _time_ns, _monotonic = time.time_ns, time.monotonic

    def now_ms() -> int:
        """Return milliseconds since the epoch."""
        return _time_ns() // 1_000_000

    def monotonic_ms() -> float:
        """Return milliseconds of a clock that never goes back."""
        return _monotonic() * 1000
