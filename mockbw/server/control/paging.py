"""Long lists, a page at a time: newest first, joined by the ids of their records, so that what arrives shifts no page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from mockbw.server.control.filters import Condition, Filter

__all__ = ["Found", "Paging", "find"]

Record = TypeVar("Record")

SLICE = 2_000
"""After so many records others get their turn: the whole list may be long, and nothing may hold the event loop."""


class Paging(Filter):
    """Which part of a long list."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """At most this many."""
    before: Annotated[str, Field(max_length=100)] | None = None
    """Only those older than the one with this id: `next` of the previous page."""
    start: Annotated[str, Field(max_length=100)] | None = None
    """Begin with the one with this id, which is included."""
    count: bool = False
    """Also count all that match: `matching`, and those before the page, `newer`."""


@dataclass(frozen=True, slots=True)
class Found(Generic[Record]):
    """One page: its records, the id after which to go on if there are more, and the counts if they were wanted."""

    records: list[Record]
    next: str | None
    matching: int | None = None
    newer: int | None = None


async def find(
    newest_first: Iterable[tuple[str, Record]], conditions: Sequence[Condition[Record]], page: Paging
) -> Found[Record]:
    """Return one page of the records that meet every condition.

    It stops as soon as the page is full, unless all are to be counted. The records are those at the time of the call.
    """
    found: list[Record] = []
    last: str | None = None
    newer = matching = 0
    more = False
    inside = page.before is None and page.start is None
    tests = [condition.holds for condition in conditions]
    for number, (identity, record) in enumerate(list(newest_first), 1):
        if number % SLICE == 0:
            await asyncio.sleep(0)
        if not inside and identity == page.start:
            inside = True
        if inside or page.count:
            for holds in tests:  # a generator inside all() would take twice as long over many records
                if not holds(record):
                    break
            else:
                matching += 1
                if not inside:
                    newer += 1
                elif len(found) < page.limit:
                    found.append(record)
                    last = identity
                else:
                    more = True
                    if not page.count:
                        break
        if not inside and identity == page.before:
            inside = True
    counts = (matching, newer) if page.count else (None, None)
    return Found(found, last if more else None, *counts)
