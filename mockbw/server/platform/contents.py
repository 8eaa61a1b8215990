"""What is kept of a refused request, so that a person can see what the application sent and what it was answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from mockbw.core.bounds import KEPT_BODY
from mockbw.core.entries import RequestContents

__all__ = ["BODY", "contents_of"]

BODY: Any = web.RequestKey("mockbw-body", bytes) if hasattr(web, "RequestKey") else "mockbw-body"
"""Where a request has its body, once its handler has read it. Before aiohttp 3.14 such a place has only a name."""

_SECRET = re.compile(r"auth|cookie|token|secret|key|passw|signature|session", re.IGNORECASE)
"""What the name of a header holds whose value is a secret, or might be one."""


def contents_of(request: web.Request, answer: web.Response | None = None) -> RequestContents:
    """Return what a request held, as far as it has been read, and what it is answered; secrets are left out."""
    body: bytes | None = request.get(BODY)
    if body is None and request.content.is_eof() and request.content.exception() is None:
        body = request.content.read_nowait(KEPT_BODY)  # nobody has read it, and nobody will
    answered = answer.body if answer is not None and isinstance(answer.body, bytes) else b""
    return RequestContents(
        headers=_without_secrets(request.headers.items()),
        body=_text(body or b""),
        answer_headers=() if answer is None else _without_secrets(answer.headers.items()),
        answer=_text(answered),
    )


def _text(raw: bytes) -> str:
    return raw[:KEPT_BODY].decode(errors="replace")


def _without_secrets(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), _hidden(name, value) if _SECRET.search(name) else value) for name, value in headers)


def _hidden(name: str, value: str) -> str:
    """Return a secret without what is secret: of credentials the scheme stays, which is often what is wrong."""
    if name.lower() == "www-authenticate":
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} …" if space and name.lower().endswith("authorization") else "…"
