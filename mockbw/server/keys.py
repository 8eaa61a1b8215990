"""What the parts of the server share in the web application, by typed key."""

from __future__ import annotations

from aiohttp import web

from mockbw.config.settings import Settings
from mockbw.engine.engine import Engine
from mockbw.journal.memory import MemoryJournal
from mockbw.server.connections import ConnectionLimits
from mockbw.supervision import Health

__all__ = ["CA_PEM", "CONNECTIONS", "ENGINE", "HEALTH", "JOURNAL", "PREFIXES", "SETTINGS"]

ENGINE = web.AppKey("engine", Engine)
HEALTH = web.AppKey("health", Health)
JOURNAL = web.AppKey("journal", MemoryJournal)
CA_PEM = web.AppKey("ca_pem", bytes)
"""The certificate of the authority behind HTTPS; only present when HTTPS is served."""

CONNECTIONS = web.AppKey("connections", ConnectionLimits)
"""Only there where the application listens."""

SETTINGS = web.AppKey("settings", Settings)

PREFIXES = ("/api/v2", "/v2", "")
"""The platform's API is served below each of these; the SDKs' own tests use none."""
