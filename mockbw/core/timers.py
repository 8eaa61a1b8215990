"""The timers of an account: a queue ordered by (due, sequence)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Generic, TypeVar

__all__ = ["Timers"]

Task = TypeVar("Task")


class Timers(Generic[Task]):
    """Tasks by virtual due time; equal times in the order of ``sequence``, so that a run is deterministic.

    A timer cannot be cancelled: ``is_valid`` says whether a task is still valid, and an obsolete one is dropped when it is due. A
    million may wait, so each is one tuple.
    """

    def __init__(self, is_valid: Callable[[Task], bool] = lambda _: True) -> None:
        self._is_valid = is_valid
        self._heap: list[tuple[int, int, int, Task]] = []
        self._added = 0
        """Orders timers with the same time and sequence, since tasks cannot be compared."""

    def add(self, due: int, sequence: int, task: Task) -> None:
        """Schedule ``task``."""
        self._added += 1
        heappush(self._heap, (due, sequence, self._added, task))

    def next_due(self) -> int | None:
        """Return when the next timer is due, or None when there is none."""
        heap = self._heap
        while heap:
            first = heap[0]
            if self._is_valid(first[3]):
                return first[0]
            heappop(heap)
        return None

    def pop(self, now: int) -> tuple[int, Task] | None:
        """Remove and return the next ``(due, task)``, or None when none is due by ``now``."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return due, heappop(self._heap)[3]

    def clear(self) -> None:
        """Remove every timer."""
        self._heap.clear()
