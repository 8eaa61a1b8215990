"""The web page at ``/``: static files of the package, and their security headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

__all__ = ["add_routes"]

FOLDER = Path(__file__).parent / "ui"

BELOW = "/ui"
"""The path prefix of the page's files; no path of the platform's API starts with it."""

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_HEADERS = {
    # Pictures of messages may be on any server; the page fetches one only when the user asks for it.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: http: https:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Revalidated each time and answered 304, so that after an upgrade no browser mixes old files with new ones.
    "Cache-Control": "no-cache",
}


def add_routes(app: web.Application) -> None:
    """Serve the page. Only existing files have a route, so no path leads outside the folder."""
    app.router.add_get("/", _file(FOLDER / "index.html"))
    for file in sorted(FOLDER.rglob("*")):
        if file.suffix in _TYPES and file.name != "index.html":
            app.router.add_get(f"{BELOW}/{file.relative_to(FOLDER).as_posix()}", _file(file))


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    headers = {**_HEADERS, "Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"}

    async def serve(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=headers)

    return serve
