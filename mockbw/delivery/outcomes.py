"""One attempt becomes one outcome: what every sender has in common.

An endpoint may answer anything, at any length. Every byte of its answer (interim heads, status line, headers, chunk framing,
body, trailers) counts against ``ANSWER_LIMIT``, and only ``KEPT_BODY`` and ``KEPT_HEADERS`` of it are kept, as plain text
without secrets: an outcome goes into the journal, which people read.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from typing import Protocol

from msgspec.structs import replace

from mockbw.core.bounds import KEPT_BODY, KEPT_DETAIL, KEPT_HEADERS
from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import CredentialsMode, Fault, Outcome
from mockbw.redaction import hide, hide_header, plain, secrets_of
from mockbw.wallclock import monotonic_ms

__all__ = [
    "ANSWER_LIMIT",
    "KEPT_BODY",
    "KEPT_DETAIL",
    "KEPT_HEADERS",
    "Headers",
    "Sender",
    "answered",
    "authorized",
    "failed",
    "kept_detail",
    "kept_headers",
    "secrets_in",
    "too_long",
]

Headers = tuple[tuple[str, str], ...]

ANSWER_LIMIT = 262_144
"""How many bytes of any kind are read of an answer: a longer one costs the connection, and the attempt if the status line has not
arrived by then."""

_HEADER_COST = 32
"""What a header counts for in ``KEPT_HEADERS`` in addition to its text, as in HTTP/2 (RFC 9113, section 6.5.2)."""

_NEEDED_HEADERS = frozenset({"www-authenticate", "location", "retry-after"})
"""The headers that decide an outcome: kept before all others."""


class Sender(Protocol):
    """Makes the HTTP request of an attempt."""

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Return how the attempt ended.

        Raises:
            ShortageError: this machine cannot make the request now; it was not sent.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def secrets_in(attempt: SendAttempt) -> tuple[str, ...]:
    """Return the secrets that the endpoint of an attempt receives, and may echo."""
    credentials = attempt.credentials
    if credentials is not None:
        return secrets_of(attempt.url, credentials.user, credentials.password)
    return secrets_of(attempt.url) if "@" in attempt.url or "?" in attempt.url else ()


def answered(attempt: SendAttempt, status: int, headers: Headers, body: bytes, latency: float) -> Outcome:
    """Return the outcome of an attempt that was answered: ``headers`` as ``kept_headers`` returns them, wall milliseconds."""
    return Outcome(
        status=status,
        latency=round(latency, 3),
        headers=headers,
        body=_kept_body(body[:KEPT_BODY], secrets_in(attempt)) if body else "",
        redirect_accepted=attempt.redirects == "accept" and 300 <= status < 400,
    )


@lru_cache(maxsize=256)
def _kept_body(body: bytes, secrets: tuple[str, ...]) -> str:
    """Return a body as it is kept; endpoints repeat themselves, so equal bodies are kept once."""
    return hide(body.decode(errors="replace"), secrets)


def kept_headers(headers: Iterable[tuple[str | bytes, str | bytes]], secrets: tuple[str, ...] = ()) -> Headers:
    """Return the headers that are kept, in their order, as plain text without secrets."""
    texts = [(plain(name), plain(value)) for name, value in headers]
    cleaned = [(hide(name, secrets), hide_header(name, value, secrets)) for name, value in texts]
    if sum(len(name) + len(value) + _HEADER_COST for name, value in cleaned) <= KEPT_HEADERS:
        return tuple(cleaned)
    left, kept = KEPT_HEADERS, {}
    for index in sorted(range(len(cleaned)), key=lambda index: cleaned[index][0].lower() not in _NEEDED_HEADERS):
        name, value = cleaned[index]
        left -= len(name) + _HEADER_COST
        if left <= 0:
            break
        kept[index] = (name, value[:left])
        left -= len(value)
    return tuple(kept[index] for index in sorted(kept))


def too_long() -> str:
    """Return why an answer was cut before its status was known."""
    return f"the answer is longer than {ANSWER_LIMIT} bytes, and its head has not ended"


async def authorized(attempt: SendAttempt, request: Callable[[Mapping[str, str]], Awaitable[Outcome]]) -> Outcome:
    """Make the request of an attempt with the application's credentials: up front, or after the endpoint's challenge (P10)."""
    headers = dict(attempt.headers)
    if attempt.credentials is None:
        return await request(headers)
    pair = f"{attempt.credentials.user}:{attempt.credentials.password}"
    authorization = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    if attempt.credentials_mode is CredentialsMode.UPFRONT:
        return await request({**headers, **authorization})
    outcome = await request(headers)
    if outcome.status == 401 and any(
        name.lower() == "www-authenticate" and "basic" in value.lower() for name, value in outcome.headers
    ):
        return replace(await request({**headers, **authorization}), challenged=True)
    return outcome


def failed(fault: Fault, started: float, detail: str, secrets: tuple[str, ...] = ()) -> Outcome:
    """Return the outcome of an attempt without an answer; ``started`` is monotonic wall milliseconds."""
    return Outcome(fault=fault, latency=round(monotonic_ms() - started, 3), detail=kept_detail(detail, secrets))


def kept_detail(detail: str, secrets: tuple[str, ...] = ()) -> str:
    """Return the part of a failure's reason that is kept, without secrets."""
    return hide(plain(detail), secrets)[:KEPT_DETAIL]
