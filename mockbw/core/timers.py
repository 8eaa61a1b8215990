"""What is due when: a queue ordered by (due, sequence)."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

__all__ = ["Timers"]

Task = TypeVar("Task")


class Timers(Generic[Task]):
    """Tasks by virtual due time; equal times in the order of ``sequence``, so that a run never depends on chance.

    Cancelling marks; a marked timer is skipped when its turn comes, and the heap is rebuilt when most of it is marked.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int]] = []
        self._tasks: dict[int, Task] = {}
        self._handles = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, due: int, sequence: int, task: Task) -> int:
        """Schedule ``task``; return a handle for ``cancel``."""
        self._handles += 1
        self._tasks[self._handles] = task
        heappush(self._heap, (due, sequence, self._handles))
        return self._handles

    def cancel(self, handle: int) -> None:
        """Take a timer out; one that has fired or was cancelled before is no error."""
        if self._tasks.pop(handle, None) is not None and len(self._heap) > 64 and len(self._heap) > 2 * len(self._tasks):
            self._heap = [entry for entry in self._heap if entry[2] in self._tasks]
            heapify(self._heap)

    def next_due(self) -> int | None:
        """Return when the next timer is due, or None when there is none."""
        while self._heap:
            due, _, handle = self._heap[0]
            if handle in self._tasks:
                return due
            heappop(self._heap)
        return None

    def pop(self) -> tuple[int, Task] | None:
        """Take out and return the next ``(due, task)``, or None when there is none."""
        while self._heap:
            due, _, handle = heappop(self._heap)
            task = self._tasks.pop(handle, None)
            if task is not None:
                return due, task
        return None

    def clear(self) -> None:
        """Take every timer out."""
        self._heap.clear()
        self._tasks.clear()
