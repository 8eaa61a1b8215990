"""Entries as JSON and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args

import orjson
from pydantic import TypeAdapter, ValidationError

from mockbw.core.journal import Entry
from mockbw.errors import JournalError, nearest

__all__ = ["decode", "encode", "subject_of"]

_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Entry)}


def subject_of(entry: Entry) -> str | None:
    """Return the id of the message or callback that an entry is about; None when it is about the account."""
    for name in ("callback", "message", "cause"):
        about = getattr(entry, name, None)
        if about is not None:
            return about if isinstance(about, str) else getattr(about, "id", None) or about.message
    return None


def encode(entry: Entry) -> tuple[str, bytes]:
    """Return the kind of an entry, and its JSON."""
    try:
        return type(entry).__name__, orjson.dumps(entry)
    except TypeError:  # half a surrogate pair, which an endpoint may put into a header and JSON cannot carry
        return type(entry).__name__, orjson.dumps(_clean(entry))


def decode(kind: str, data: bytes) -> Entry:
    """Return the entry.

    Raises:
        JournalError: it is none.
    """
    try:
        entry: Entry = _adapter(kind).validate_json(data)
    except KeyError:
        close = nearest(kind, _KINDS)
        raise JournalError(f"there is no entry {kind!r}" + (f"; did you mean {close!r}?" if close else "")) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise JournalError(f"{kind}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return entry


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if is_dataclass(value):
        return {field.name: _clean(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    return value if isinstance(value, (bool, int, float)) or value is None else str(value)
