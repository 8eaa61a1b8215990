"""What is due when: a queue ordered by (due, sequence)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Generic, TypeVar

__all__ = ["Timers"]

Task = TypeVar("Task")


class Timers(Generic[Task]):
    """Tasks by virtual due time; equal times in the order of ``sequence``, so that a run never depends on chance.

    There is no taking back: ``stands`` says of a task whether it is still wanted, and one that is not is dropped when its turn
    comes. A million may wait, so each is one tuple.
    """

    def __init__(self, stands: Callable[[Task], bool] = lambda _: True) -> None:
        self._stands = stands
        self._heap: list[tuple[int, int, int, Task]] = []
        self._added = 0
        """Tells timers apart that have the same time and sequence, since tasks cannot be compared."""

    def add(self, due: int, sequence: int, task: Task) -> None:
        """Schedule ``task``."""
        self._added += 1
        heappush(self._heap, (due, sequence, self._added, task))

    def next_due(self) -> int | None:
        """Return when the next timer is due, or None when there is none."""
        heap = self._heap
        while heap:
            first = heap[0]
            if self._stands(first[3]):
                return first[0]
            heappop(heap)
        return None

    def pop(self, now: int) -> tuple[int, Task] | None:
        """Take out and return the next ``(due, task)``, or None when none is due by ``now``."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return due, heappop(self._heap)[3]

    def clear(self) -> None:
        """Take every timer out."""
        self._heap.clear()
