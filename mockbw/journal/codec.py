"""Entries as JSON and back."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import msgspec

from mockbw.core.entries import Entry
from mockbw.errors import JournalError, nearest

__all__ = ["decode", "encode"]

_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Entry)}


def encode(entry: Entry) -> tuple[str, bytes]:
    """Return the type of an entry, and its JSON."""
    try:
        return type(entry).__name__, _ENCODER.encode(entry)
    except UnicodeEncodeError:  # a lone surrogate, which an endpoint may put into a header and JSON cannot contain
        return type(entry).__name__, _ENCODER.encode(_clean(msgspec.to_builtins(entry, enc_hook=_plain)))


def decode(kind: str, data: bytes) -> Entry:
    """Return the entry.

    Raises:
        JournalError: it is not a valid entry.
    """
    try:
        entry: Entry = _decoder(kind).decode(data)
    except KeyError:
        close = nearest(kind, _KINDS)
        raise JournalError(f"{kind!r} is not a valid type of entry" + (f"; did you mean {close!r}?" if close else "")) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise JournalError(f"{kind}: {error}") from None
    return entry


def _plain(value: Any) -> Any:
    """Return the plain value for a value of a type that a library or a test has defined."""
    match value:
        case str():
            return str.__str__(value)
        case int():
            return int.__int__(value)
        case float():
            return float.__float__(value)
    return str(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_KINDS[kind])


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case dict():
            return {_clean(key): _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
    return value
