"""Bounds on what is kept of what clients and endpoints send: texts are cut where they come in, and the rest is measured.

Texts are also converted to plain strings here. A subclass of ``str`` from a library behaves like one, but cannot be serialized.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mockbw.core.entries import RequestAnswered, RequestContents
from mockbw.core.model import ChannelEntry, Message, Outcome

__all__ = [
    "ANSWER",
    "KEPT_BODY",
    "KEPT_DETAIL",
    "KEPT_HEADERS",
    "KEPT_METHOD",
    "KEPT_PATH",
    "KEPT_REASON",
    "AnswerSizes",
    "bounded",
    "bounded_request",
    "cut",
    "size_of",
    "size_of_contents",
    "size_of_message",
]

Headers = tuple[tuple[str, str], ...]

KEPT_BODY = 4_096
"""How much of the body of an endpoint's answer is kept, in bytes."""

KEPT_HEADERS = 4_096
"""How much of all headers of an endpoint's answer is kept, in characters."""

KEPT_DETAIL = 500
"""The maximum length of the reason of a failed attempt, in characters."""

KEPT_METHOD, KEPT_PATH, KEPT_REASON = 32, 500, 1_000
"""How much is kept of a request's method, of its path, and of why it was refused, in characters."""

MESSAGE = 1_500
"""The memory of a message with its records and callbacks, in addition to what was sent, in bytes."""

ANSWER = 200
"""Bytes that an attempt takes besides headers and body."""

HEADER = 150
"""Bytes that a header takes besides its characters."""

ITEM = 64
"""The approximate memory of an item in a list or an object, in bytes."""


def cut(text: str, most: int) -> str:
    """Return the first ``most`` characters of a text, as a plain string."""
    if type(text) is str and len(text) <= most:
        return text
    return str.__str__(text[:most])


def bounded(outcome: Outcome, known: Headers = ()) -> Outcome:
    """Return the outcome of an attempt with the part of the answer that is kept. ``known`` headers need not be looked at.

    mockbw's own senders read no more than that. This is for senders that a program provides.
    """
    if outcome.headers is not known and not _are_kept(outcome.headers):
        outcome = replace(outcome, headers=_cut_headers(outcome.headers))
    body, detail = outcome.body, outcome.detail
    if type(body) is str and len(body) <= KEPT_BODY and type(detail) is str and len(detail) <= KEPT_DETAIL:
        return outcome
    return replace(outcome, body=cut(body, KEPT_BODY), detail=cut(detail, KEPT_DETAIL))


def bounded_request(entry: RequestAnswered) -> RequestAnswered:
    """Return the entry of a request to the API with as much of the request as is kept."""
    contents = entry.contents
    short = len(entry.path) <= KEPT_PATH and len(entry.because) <= KEPT_REASON and len(entry.method) <= KEPT_METHOD
    if short and contents is None:
        return entry
    return replace(
        entry,
        method=cut(entry.method, KEPT_METHOD),
        path=cut(entry.path, KEPT_PATH),
        because=cut(entry.because, KEPT_REASON),
        contents=None if contents is None else _bounded_contents(contents),
    )


def _bounded_contents(contents: RequestContents) -> RequestContents:
    """Return what a request held and was answered, with as much of it as is kept: as much as of an endpoint's answer."""
    return RequestContents(
        _cut_headers(contents.headers),
        cut(contents.body, KEPT_BODY),
        _cut_headers(contents.answer_headers),
        cut(contents.answer, KEPT_BODY),
    )


def _are_kept(headers: Headers) -> bool:
    size = sum([len(name) + len(value) for name, value in headers])
    return size <= KEPT_HEADERS and all(type(text) is str for header in headers for text in header)


def _cut_headers(headers: Headers) -> Headers:
    left, kept = KEPT_HEADERS, []
    for name, value in headers:
        if len(name) >= left:
            break
        kept.append((cut(name, left), cut(value, left - len(name))))
        left -= len(name) + len(value)
    return tuple(kept)


def size_of(value: Any) -> int:
    """Return the approximate memory of a text, or of JSON of any depth, in bytes."""
    size, left = 0, [value]
    while left:
        match left.pop():
            case str() as text:
                size += text.__sizeof__()
            case dict() as mapping:
                size += ITEM * len(mapping)
                left += mapping.keys()
                left += mapping.values()
            case list() | tuple() as items:
                size += ITEM * len(items)
                left += items
            case _:
                size += ITEM
    return size


class AnswerSizes:
    """Measures answers in bytes of memory. Equal headers mostly come as the same object, which is measured once."""

    def __init__(self) -> None:
        self._headers: Headers = ()
        self._size = 0

    def of(self, outcome: Outcome) -> int:
        """Return the size of an answer's headers and body."""
        if outcome.headers is not self._headers:
            self._headers = outcome.headers
            self._size = sum([HEADER + len(name) + len(value) for name, value in outcome.headers])
        return self._size + outcome.body.__sizeof__()


def size_of_contents(contents: RequestContents | None) -> int:
    """Return the bytes in memory of what a request held and was answered."""
    if contents is None:
        return 0
    texts = (contents.body, contents.answer, *(text for pair in (*contents.headers, *contents.answer_headers) for text in pair))
    return sum(map(size_of, texts)) + ITEM * (len(contents.headers) + len(contents.answer_headers))


def size_of_message(message: Message) -> int:
    """Return the bytes in memory of a message, with the records and callbacks it usually has."""
    size = MESSAGE + len(message.application)
    for text in (message.text, message.tag):
        if text is not None:
            size += text.__sizeof__()
    if message.media or len(message.to) > 1:
        size += size_of(message.media) + size_of(message.to)
    if message.extra:
        size += size_of(message.extra)
    for entry in message.channels:
        size += _size_of_channel(entry)
    return size


def _size_of_channel(entry: ChannelEntry) -> int:
    return size_of(entry.content) + size_of(entry.media) + size_of(entry.text) + len(entry.application)
