"""What is kept of a refused request, so that a person can see what the application sent and what it was answered."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from mockbw.core.bounds import KEPT_BODY
from mockbw.core.entries import RequestContents
from mockbw.delivery.outcomes import kept_headers

__all__ = ["BODY", "contents_of"]

BODY: Any = web.RequestKey("mockbw-body", bytes) if hasattr(web, "RequestKey") else "mockbw-body"
"""Where a request has its body, once its handler has read it. Before aiohttp 3.14 such a place has only a name."""


def contents_of(request: web.Request, answer: web.Response | None = None) -> RequestContents:
    """Return what a request held, as far as it has been read, and what it is answered; without secrets."""
    body: bytes | None = request.get(BODY)
    if body is None and request.content.is_eof() and request.content.exception() is None:
        body = request.content.read_nowait(KEPT_BODY)  # nobody has read it, and nobody will
    answered = answer.body if answer is not None and isinstance(answer.body, bytes) else b""
    return RequestContents(
        headers=kept_headers(request.headers.items()),
        body=_text(body or b""),
        answer_headers=() if answer is None else kept_headers(answer.headers.items()),
        answer=_text(answered),
    )


def _text(raw: bytes) -> str:
    return raw[:KEPT_BODY].decode(errors="replace")
