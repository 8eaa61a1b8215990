"""The token endpoint: OAuth2 client credentials for a bearer token (P3)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web

from mockbw.core.model import Credentials
from mockbw.server.keys import ENGINE
from mockbw.server.platform.auth import TOKEN_SECONDS, TOKENS, Tokens, basic_credentials, matches
from mockbw.server.platform.errors import json_response
from mockbw.wallclock import monotonic_ms

__all__ = ["PATH", "add_routes"]

PATH = "/api/v1/oauth2/token"


def add_routes(app: web.Application) -> None:
    """Serve the token endpoint."""
    app[TOKENS] = Tokens()
    app.router.add_post(PATH, token)


async def token(request: web.Request) -> web.StreamResponse:
    """Issue a token to a client that any account lists in its credentials, or to anybody if no account lists any.

    The id and secret come in a Basic header or in the form; errors have the form of RFC 6749, section 5.2.
    """
    form = dict(parse_qsl((await request.read()).decode(errors="replace")))
    grant = form.get("grant_type")
    if grant != "client_credentials":
        problem = "invalid_request" if grant is None else "unsupported_grant_type"
        return _refused(problem, "grant_type must be client_credentials")
    client = basic_credentials(request.headers.get("Authorization"))
    if client is None and "client_id" in form:
        client = Credentials(form["client_id"], form.get("client_secret", ""))
    if client is None:
        return _refused("invalid_client", "the client id and secret are missing: send them in a Basic header", 401)
    known = _clients(request)
    if known and not matches(client, known):
        return _refused("invalid_client", f"client {client.user!r} is unknown, or its secret is wrong", 401)
    issued = request.app[TOKENS].issue(client, monotonic_ms())
    body = {"access_token": issued, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return json_response(body, headers={"Cache-Control": "no-store"})


def _clients(request: web.Request) -> tuple[Credentials, ...]:
    """Return the credentials of every account."""
    engine = request.app[ENGINE]
    setups = (engine.setup, *engine.listed.values())
    settings = [*(setup.settings for setup in setups), *(runner.settings for runner in engine.accounts)]
    return tuple({known for account in settings for known in (*account.api_credentials, *account.barred_credentials)})


def _refused(error: str, description: str, status: int = 400) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="Bandwidth"'} if status == 401 else None
    return json_response({"error": error, "error_description": description}, status, headers)
