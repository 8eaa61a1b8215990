"""The values of the scenario language: how durations, patterns, texts and endpoints' answers are written."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mockbw.scenario.durations import parse_duration

__all__ = [
    "AnswerPatterns",
    "Answers",
    "Bool",
    "Duration",
    "EndpointAnswer",
    "Headers",
    "Json",
    "JsonObject",
    "Patterns",
    "Place",
    "Str",
    "Strings",
    "Text",
    "endpoint_answer",
]


class Text(str):
    """A scalar as it was written; ``plain`` is the value it has where any JSON value may stand (``5``, ``true``, ``"5"``)."""

    __slots__ = ("plain",)
    plain: Any

    def __new__(cls, written: str, plain: Any) -> Self:
        """Keep both the text and its evident value."""
        text = super().__new__(cls, written)
        text.plain = plain
        return text


def _plain(value: Any) -> Any:
    """Return JSON data with every ``Text`` replaced by its evident value."""
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


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _pattern(value: str) -> str:
    if len(value) > 1 and value.startswith("/") and value.endswith("/"):
        try:
            re.compile(value[1:-1])
        except re.error as error:
            raise ValueError(f"{value} is no regular expression: {error}") from None
    return value


def _text(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        raise ValueError(f"must be text, not {value!r}: put it in quotes")
    return value


EndpointAnswer: TypeAlias = int | Literal["reset", "timeout"]
"""A status, ``reset`` (the connection is cut without an answer), or ``timeout`` (no answer until the client gives up)."""


def endpoint_answer(value: Any) -> EndpointAnswer:
    """Return what an endpoint is told to answer.

    Raises:
        ValueError: with a sentence that says what would be right.
    """
    written = str(value)
    if written == "reset":
        return "reset"
    if written == "timeout":
        return "timeout"
    if written.isascii() and written.isdecimal() and 200 <= int(written) <= 599:
        return int(written)
    raise ValueError(f"an endpoint answers a status from 200 to 599, reset or timeout, not {written!r}")


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
_SCALAR = {"type": ["string", "number", "boolean"]}
"""A scalar is taken as it was written, whatever an editor takes it for: ``+19195550100``, ``yes``, ``4770``."""

Str = Annotated[str, BeforeValidator(_text), WithJsonSchema(_SCALAR)]
Pattern = Annotated[Str, AfterValidator(_pattern)]
Patterns = Annotated[
    list[Pattern],
    BeforeValidator(_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}),
]
Strings = Annotated[
    list[Str],
    BeforeValidator(_many),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}),
]
Answer = Annotated[
    EndpointAnswer,
    BeforeValidator(endpoint_answer),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 200, "maximum": 599}, {"enum": ["reset", "timeout"]}]}),
]
_OUTCOME = re.compile(r"[1-5]xx|[1-5]\d\d|timeout|refused|reset|dns|tls|protocol", re.ASCII)


def _outcome(value: str) -> str:
    if not _OUTCOME.fullmatch(value):
        known = "2xx, 503, timeout, refused, reset, dns, tls or protocol"
        raise ValueError(f"{value!r} is no way to be answered: write it as {known}")
    return value


AnswerPatterns = Annotated[
    list[Annotated[Str, AfterValidator(_outcome)]],
    BeforeValidator(_many),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {"type": "array", "minItems": 1, "items": {"type": ["string", "integer"]}},
            ]
        }
    ),
]
Answers: TypeAlias = Annotated[list[Answer], Field(min_length=1)]
"""What an endpoint answers to the attempts that tell one event, in order; the last repeats."""
Json = Annotated[Any, BeforeValidator(_plain)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_plain)]
Bool = Annotated[bool, WithJsonSchema({"type": "boolean"})]
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _header(value: dict[str, str]) -> dict[str, str]:
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no header name")
        if any(ord(character) < 32 or ord(character) == 127 for character in content):
            raise ValueError(f"the value of header {name!r} has a control character")
    return value


Headers = Annotated[dict[str, Str], AfterValidator(_header)]


def _place(value: str) -> str:
    if not re.fullmatch(r"-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?", value, re.ASCII):
        raise ValueError("must be LATITUDE,LONGITUDE in degrees, e.g. 35.7796,-78.6382")
    return value


Place = Annotated[Str, AfterValidator(_place), WithJsonSchema({"type": "string", "examples": ["35.7796,-78.6382"]})]
