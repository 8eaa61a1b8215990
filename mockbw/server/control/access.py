"""Access to the control API: for whoever has the token, and never for a web page of another site.

The page itself is open: its files are in every copy of mockbw, and it shows nothing before the control API authorizes it.

Three threats: other machines in the network; a web page that posts here from a user's browser (cross-site); and a web page
whose own host name resolves to this server, so that the browser treats the two as one site (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from mockbw.config.settings import Settings, is_loopback
from mockbw.server.control.routes import ROOT
from mockbw.server.control.routing import ControlError, error_answer
from mockbw.server.keys import SETTINGS
from mockbw.server.platform.auth import basic_credentials, same_secret

__all__ = ["add_security_headers", "guard"]

_PUBLIC = frozenset({f"{ROOT}/readyz", f"{ROOT}/ca.pem"})
"""Paths that are open to anybody: health probes have no token, and a certificate is public."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests to the control API that are not authorized."""
    if _is_guarded(request):
        refusal = _refusal(request, request.app[SETTINGS])
        if refusal is not None:
            # When a user opens an address, the browser asks for the token (any user name, the token as password); the page has
            # its own dialog, which a challenge would hide behind the browser's.
            asks = refusal.status == 401 and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
            return error_answer(refusal, {"WWW-Authenticate": 'Basic realm="mockbw control token"'} if asks else None)
    return await handler(request)


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every response of the control API."""
    if _is_guarded(request):
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)


def _is_guarded(request: web.Request) -> bool:
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def _refusal(request: web.Request, settings: Settings) -> ControlError | None:
    """Return why the request is refused, or None when it may pass."""
    if request.path in _PUBLIC:
        return None
    if (site := _foreign_site(request)) is not None:
        return ControlError(403, f"a web page of another site ({site}) cannot use this")
    if settings.control_token is not None:
        if _holds(request, settings.control_token):
            return None
        given = "wrong" if "Authorization" in request.headers else "missing"
        return ControlError(401, f"the control token is {given}", "Send it as `Authorization: Bearer …`")
    if not is_loopback(settings.host) and not settings.control_open:
        hint = "Set MOCKBW_CONTROL_TOKEN (or control-token in mockbw.yaml); MOCKBW_CONTROL_OPEN=true gives everybody access"
        return ControlError(
            403, "the control API is closed, since other machines can reach it and there is no control token", hint
        )
    if not _is_own_name(request.host, settings):
        hint = f"Call it by its IP address, or add {_name_of(request.host)!r} to control-hosts"
        return ControlError(403, f"{request.host!r} is no name of this server", hint)
    return None


def _holds(request: web.Request, token: str) -> bool:
    header = request.headers.get("Authorization", "")
    scheme, _, value = header.partition(" ")
    basic = basic_credentials(header)
    given = basic.password if basic is not None else value.strip() if scheme.lower() == "bearer" else ""
    return same_secret(given, token)


def _foreign_site(request: web.Request) -> str | None:
    """Return the other site that a browser names as the origin of the request. Other clients do not name one."""
    origin = request.headers.get("Origin")
    if origin is not None and _host_in(origin) != request.host.lower():
        return origin
    site = request.headers.get("Sec-Fetch-Site", "none")
    follows_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site in ("none", "same-origin") or (follows_link and request.headers.get("Sec-Fetch-Dest") == "document"):
        return None
    return site


def _host_in(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _is_own_name(host: str, settings: Settings) -> bool:
    """Return True for a name that no attacker can point here: an IP address, one without a dot, or one in the settings."""
    name = _name_of(host)
    try:
        ip_address(name)
    except ValueError:
        known = name == settings.host.lower() or name in settings.control_hosts
        return known or "." not in name or name.endswith(".localhost")
    return True


def _name_of(host: str) -> str:
    """Return the name or address in a Host header, without brackets and port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return host
