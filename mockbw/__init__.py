"""A local double of Bandwidth's V2 messaging platform, with a clock you own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mockbw._version import __version__

if TYPE_CHECKING:
    from mockbw.config.settings import Settings
    from mockbw.server.mock_bandwidth import MockBandwidth
    from mockbw.testing import AsyncMockAccount, MockAccount, ServerThread

__all__ = ["AsyncMockAccount", "MockAccount", "MockBandwidth", "ServerThread", "Settings", "__version__"]

_HOME = {
    "AsyncMockAccount": "mockbw.testing",
    "MockAccount": "mockbw.testing",
    "MockBandwidth": "mockbw.server.mock_bandwidth",
    "ServerThread": "mockbw.testing",
    "Settings": "mockbw.config.settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the pytest plugin is imported in runs that never use it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
