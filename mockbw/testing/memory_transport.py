"""One HTTP exchange with an aiohttp protocol in memory, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.parser import BytesParser
from typing import Any
from urllib.parse import urlsplit

from mockbw.delivery.outcomes import ANSWER_LIMIT

__all__ = ["exchange"]


class _MemoryTransport(asyncio.Transport):
    """Collects what the protocol writes; ``closed`` is done when it closes the connection."""

    def __init__(self, peer: asyncio.BaseProtocol) -> None:
        super().__init__({"peername": ("127.0.0.1", 0), "sockname": ("127.0.0.1", 80)})
        self._peer = peer
        self.written = bytearray()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def write(self, data: Any) -> None:
        self.written += data
        if len(self.written) > ANSWER_LIMIT:
            self.close()

    def is_closing(self) -> bool:
        return self.closed.done()

    def close(self) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
            asyncio.get_running_loop().call_soon(self._peer.connection_lost, None)

    abort = close

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Everything was received at once."""

    def resume_reading(self) -> None:
        """Everything was received at once."""

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The buffer is as large as the answer."""


async def exchange(
    protocol: asyncio.Protocol, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """POST to a server protocol; return the status, headers and body of its answer.

    Raises:
        ConnectionResetError: it closed the connection without an answer.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = {"Host": parts.netloc, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    transport = _MemoryTransport(protocol)
    protocol.connection_made(transport)
    protocol.data_received("\r\n".join(lines).encode("latin-1") + body)
    try:
        await transport.closed
    finally:
        transport.close()
    answer_head, _, answer_body = bytes(transport.written).partition(b"\r\n\r\n")
    status_line, _, header_lines = answer_head.partition(b"\r\n")
    if not status_line:
        raise ConnectionResetError("the application closed the connection without an answer")
    answer_headers = BytesParser().parsebytes(header_lines + b"\r\n\r\n", headersonly=True)
    return int(status_line.split(b" ")[1]), [(name, str(value)) for name, value in answer_headers.items()], answer_body
