"""Access to the platform's API (P3). Open by default: an account without credentials accepts anybody."""

from __future__ import annotations

import secrets
from base64 import b64decode
from collections import OrderedDict

from aiohttp import web

from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.engine.runner import AccountRunner
from mockbw.server.platform.errors import PlatformError
from mockbw.wallclock import monotonic_ms

__all__ = ["TOKENS", "TOKEN_SECONDS", "Tokens", "basic_credentials", "check_access", "matches", "same_secret"]

TOKEN_SECONDS = 3600
"""How long a bearer token is valid, in wall time: a client counts these seconds on its own clock, not on an account's."""

TOKENS_KEPT = 10_000


class Tokens:
    """The bearer tokens of the token endpoint; each represents the credentials it was issued for. The oldest go first."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, tuple[Credentials, float]] = OrderedDict()

    def issue(self, owner: Credentials, now: float) -> str:
        """Return a new token. ``now`` is wall milliseconds."""
        token = secrets.token_urlsafe(32)
        self._owners[token] = (owner, now + TOKEN_SECONDS * 1000)
        if len(self._owners) > TOKENS_KEPT:
            self._owners.popitem(last=False)
        return token

    def owner(self, token: str, now: float) -> Credentials | None:
        """Return the credentials of the token, or None when it was never issued or has expired."""
        owner, expires = self._owners.get(token, (None, 0.0))
        return owner if now < expires else None


TOKENS = web.AppKey("tokens", Tokens)


def basic_credentials(header: str | None) -> Credentials | None:
    """Return the user and password of an ``Authorization: Basic`` header, or None when it is something else."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return Credentials(user, password) if colon else None


def check_access(request: web.Request, account: AccountRunner, tokens: Tokens) -> None:
    """Authorize the request, or refuse it as the platform does.

    Raises:
        PlatformError: ``unauthorized`` when the credentials are missing or wrong, ``forbidden`` when they are right but
            have no access to messaging.
    """
    settings = account.settings
    header = request.headers.get("Authorization")
    if header is None and not (settings.api_credentials or settings.bearer_tokens):
        return
    scheme, _, token = (header or "").partition(" ")
    given = basic_credentials(header)
    if scheme.lower() == "bearer":
        given = tokens.owner(token.strip(), monotonic_ms())
    if given is not None and matches(given, settings.barred_credentials):
        raise PlatformError("forbidden", f"user {given.user!r} has no access to messaging (barred credentials)")
    if not (settings.api_credentials or settings.bearer_tokens):
        return
    if scheme.lower() == "bearer":
        _check_bearer(account, settings, token.strip(), given)
    elif given is None:
        raise PlatformError(
            "unauthorized",
            "no Authorization header" if header is None else "the Authorization header is neither Basic nor Bearer",
        )
    elif not matches(given, settings.api_credentials):
        raise PlatformError("unauthorized", f"wrong user or password (user {given.user!r})")


def _check_bearer(account: AccountRunner, settings: AccountSettings, token: str, owner: Credentials | None) -> None:
    edition = account.edition
    if not edition.features.oauth:
        raise PlatformError("unauthorized", f"edition {edition.name} does not support bearer tokens, only Basic")
    if any(same_secret(token, known) for known in settings.bearer_tokens):
        return
    if owner is None:
        raise PlatformError("unauthorized", "the bearer token was not issued here or has expired")
    if not matches(owner, settings.api_credentials):
        raise PlatformError(
            "unauthorized", f"the bearer token belongs to client {owner.user!r}, which does not belong to this account"
        )


def matches(given: Credentials, known: tuple[Credentials, ...]) -> bool:
    """Return True when ``given`` is one of the known ones; takes the same time whichever it is."""
    return sum(_same(given, credentials) for credentials in known) > 0


def _same(given: Credentials, known: Credentials) -> bool:
    user = same_secret(given.user, known.user)
    return same_secret(given.password, known.password) and user


def same_secret(given: str, known: str) -> bool:
    """Compare in constant time; ``given`` may contain bytes of a header that are not text, as surrogates."""
    return secrets.compare_digest(given.encode(errors="surrogateescape"), known.encode())
