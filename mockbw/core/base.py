"""What the core's objects are made of: structs, cheap to make, to keep and to write as JSON. A message makes forty."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["State", "Value"]


class Value(Struct, frozen=True, gc=False):
    """Something that never changes: equal to whatever says the same, and hashable as far as its parts are.

    The garbage collector need not look at it, since values are never part of a circle.
    """


class State(Struct, gc=False):
    """Something that changes. It must never lead back to itself: the garbage collector does not look at it."""
