"""Who may use the platform's API (P3). Open by default: an account without credentials takes anybody."""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode

from aiohttp import web

from mockbw.core.model import Credentials
from mockbw.engine import AccountRunner
from mockbw.server.errors import RefusedError

__all__ = ["basic_credentials", "check_access"]


def basic_credentials(header: str | None) -> Credentials | None:
    """Return the user and password of an ``Authorization: Basic`` header, or None when it is none."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(user, password) if colon else None


def check_access(request: web.Request, account: AccountRunner) -> None:
    """Let the request pass, or refuse it as the platform does.

    Raises:
        RefusedError: ``unauthorized`` when the credentials are missing or wrong.
    """
    known = account.core.settings.api_credentials
    if not known:
        return
    header = request.headers.get("Authorization")
    given = basic_credentials(header)
    if given is None:
        raise RefusedError(
            "unauthorized", "no Authorization header" if header is None else "the Authorization header is not Basic"
        )
    if not any(_same(given, credentials) for credentials in known):
        raise RefusedError("unauthorized", f"wrong user or password (user {given.user!r})")


def _same(given: Credentials, known: Credentials) -> bool:
    user = secrets.compare_digest(given.user.encode(), known.user.encode())
    return secrets.compare_digest(given.password.encode(), known.password.encode()) and user
