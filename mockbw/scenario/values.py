"""The values of the scenario language: patterns, places, and what endpoints answer."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from mockbw.documents.values import SCALAR_SCHEMA, Str, one_or_many
from mockbw.scenario.patterns import Pattern as CompiledPattern

__all__ = ["AnswerPatterns", "Answers", "EndpointAnswer", "Patterns", "Place", "endpoint_answer"]


def _pattern(value: str) -> str:
    CompiledPattern(value)
    return value


EndpointAnswer: TypeAlias = int | Literal["reset", "timeout"]
"""A status, ``reset`` (the connection is closed without an answer), or ``timeout`` (no answer until the client gives up)."""


def endpoint_answer(value: Any) -> EndpointAnswer:
    """Return a valid answer of an endpoint.

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
    raise ValueError(f"{written!r} is not a valid answer: write a status from 200 to 599, reset or timeout")


Pattern = Annotated[Str, AfterValidator(_pattern)]
Patterns = Annotated[
    list[Pattern],
    BeforeValidator(one_or_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [SCALAR_SCHEMA, {"type": "array", "items": SCALAR_SCHEMA, "minItems": 1}]}),
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
        raise ValueError(f"{value!r} is not a valid answer: write it as {known}")
    return value


AnswerPatterns = Annotated[
    list[Annotated[Str, AfterValidator(_outcome)]],
    BeforeValidator(one_or_many),
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
"""What an endpoint answers to the attempts of one callback, in order; the last one repeats."""


def _place(value: str) -> str:
    if not re.fullmatch(r"-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?", value, re.ASCII):
        raise ValueError("must be LATITUDE,LONGITUDE in degrees, e.g. 35.7796,-78.6382")
    return value


Place = Annotated[Str, AfterValidator(_place), WithJsonSchema({"type": "string", "examples": ["35.7796,-78.6382"]})]
