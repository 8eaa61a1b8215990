"""The base classes of the core's objects: structs, cheap to create, keep and serialize as JSON. A message creates forty."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["State", "Value"]


class Value(Struct, frozen=True, gc=False):
    """An immutable value, compared by its fields, and hashable if they are.

    The garbage collector does not track it, since values are never part of a cycle.
    """


class State(Struct, gc=False):
    """A mutable object. It must never be part of a reference cycle: the garbage collector does not track it."""
