"""Whether anything listens at a URL."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

__all__ = ["reachable_within", "unreachable"]


async def reachable_within(url: str, seconds: float) -> bool:
    """Return True as soon as something listens, False when nothing does within so many wall seconds."""
    try:
        async with asyncio.timeout(seconds):
            while await unreachable(url):  # noqa: ASYNC110 - nothing notifies us of a port that opens
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def unreachable(url: str) -> str:
    """Return why nothing answers at the host and port of a URL; empty when something does."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"{host}:{port} does not answer"
    except ConnectionRefusedError:
        return f"nothing listens at {host}:{port}"
    except OSError as error:
        return error.strerror or str(error)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return ""
