"""How single values are written in a document: text, durations, lists, JSON, headers."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from mockbw.documents.durations import parse_duration

__all__ = ["SCALAR_SCHEMA", "Bool", "Duration", "Headers", "Json", "JsonObject", "Str", "Strings", "Text", "one_or_many"]


class Text(str):
    """A scalar as it was written; ``plain`` is its value where any JSON is allowed (``5``, ``true``, ``"5"``)."""

    __slots__ = ("plain",)
    plain: Any

    def __new__(cls, written: str, plain: Any) -> Self:
        """Keep both the text and its plain value."""
        text = super().__new__(cls, written)
        text.plain = plain
        return text


def _plain(value: Any) -> Any:
    """Return JSON data with every ``Text`` replaced by its plain value."""
    if isinstance(value, Text):
        return value.plain
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError("a duration is written as 500ms, 2s, 10m, 24h or 1d")


def one_or_many(value: Any) -> Any:
    """Allow a list of one to be written without brackets."""
    return [value] if isinstance(value, str) else value


def _text(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        raise ValueError(f"must be text, not {value!r}: put it in quotes")
    return value


Duration = Annotated[
    int,
    BeforeValidator(_duration),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": r"^\s*(0|([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+)\s*$",
            "maximum": 0,
            "examples": ["500ms", "2s", "10m", "24h", "1d"],
        }
    ),
]


SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
"""A scalar is read as it was written, whatever type an editor sees in it: ``+19195550100``, ``yes``, ``4770``."""


Str = Annotated[str, BeforeValidator(_text), WithJsonSchema(SCALAR_SCHEMA)]


Strings = Annotated[
    list[Str],
    BeforeValidator(one_or_many),
    WithJsonSchema({"anyOf": [SCALAR_SCHEMA, {"type": "array", "items": SCALAR_SCHEMA}]}),
]


Json = Annotated[Any, BeforeValidator(_plain)]


JsonObject = Annotated[dict[str, Any], BeforeValidator(_plain)]


Bool = Annotated[bool, WithJsonSchema({"type": "boolean"})]


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _header(value: dict[str, str]) -> dict[str, str]:
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid header name")
        if any(ord(character) < 32 or ord(character) == 127 for character in content):
            raise ValueError(f"the value of header {name!r} has a control character")
    return value


Headers = Annotated[dict[str, Str], AfterValidator(_header)]
