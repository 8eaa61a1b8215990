"""One attempt becomes one outcome: what every sender has in common."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from msgspec.structs import replace

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import CredentialsMode, Fault, Outcome
from mockbw.wallclock import monotonic_ms

__all__ = ["DRAINED_BODY", "KEPT_BODY", "Sender", "answered", "authorized", "failed"]

KEPT_BODY = 4096
"""How much of an endpoint's answer is kept, in bytes."""


DRAINED_BODY = 256 * 1024
"""How much of an answer is read so that its connection can be used again; a longer one costs the connection."""


class Sender(Protocol):
    """Makes the HTTP request of an attempt."""

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Return how the attempt ended."""
        ...

    async def close(self) -> None:
        """Give every connection back."""
        ...


def answered(attempt: SendAttempt, status: int, headers: Iterable[tuple[str, str]], body: bytes, latency: float) -> Outcome:
    """Return the outcome of an attempt that was answered; ``latency`` is wall milliseconds."""
    return Outcome(
        status=status,
        latency=round(latency, 3),
        headers=tuple(headers),
        body=body[:KEPT_BODY].decode(errors="replace"),
        redirect_accepted=attempt.redirects == "accept" and 300 <= status < 400,
    )


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


def failed(fault: Fault, began: float, detail: str) -> Outcome:
    """Return the outcome of an attempt that got no answer; ``began`` is monotonic wall milliseconds."""
    return Outcome(fault=fault, latency=round(monotonic_ms() - began, 3), detail=detail[:500])
