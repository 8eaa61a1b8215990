"""Parses the JSON that clients send, to either API."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["DEEPEST", "parse"]

DEEPEST = 100
"""How many levels deep JSON may be nested: what is kept of it is serialized again, and serializers recurse."""


def parse(raw: bytes) -> Any:
    """Return the JSON.

    Raises:
        ValueError: it is not valid, or nested deeper than ``DEEPEST`` levels; says which.
    """
    data = orjson.loads(raw)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_deeper(data):
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")
    return data


def _is_deeper(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, (dict, list))
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, (dict, list)) for value in level)
