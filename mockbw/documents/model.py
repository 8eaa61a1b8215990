"""The base of every model that is read from a document, or from JSON with the same keys."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

__all__ = ["Alternatives", "DocumentModel"]


class Alternatives(NamedTuple):
    """The keys of which an entry of a list has exactly one, and what such an entry is called: ``a step``."""

    noun: str
    keys: tuple[str, ...]


class DocumentModel(BaseModel):
    """A mapping whose keys are written with dashes; unknown keys are errors.

    ``alternatives`` helps to explain mistakes in a union of models that is discriminated by a key.
    """

    alternatives: ClassVar[Alternatives | None] = None
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        defer_build=True,
    )
