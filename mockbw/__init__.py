"""A local double of Bandwidth's V2 messaging platform, with a clock you own.

What is public is listed in ``docs/api.md``: the names in ``__all__`` here and of a few modules. Everything else may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mockbw._version import __version__

if TYPE_CHECKING:
    from mockbw.config.settings import NamedAccount, ServerLimits, Settings, Tls
    from mockbw.core.application_time import ApplicationTime
    from mockbw.core.clock import ClockMode
    from mockbw.core.model import Application, Credentials, CredentialsMode
    from mockbw.core.retry import RetrySchedule
    from mockbw.core.settings import AccountSettings
    from mockbw.errors import MockbwError
    from mockbw.server.mock_bandwidth import MockBandwidth
    from mockbw.testing import AsyncMockAccount, MockAccount, ServerThread

__all__ = [
    "AccountSettings",
    "Application",
    "ApplicationTime",
    "AsyncMockAccount",
    "ClockMode",
    "Credentials",
    "CredentialsMode",
    "MockAccount",
    "MockBandwidth",
    "MockbwError",
    "NamedAccount",
    "RetrySchedule",
    "ServerLimits",
    "ServerThread",
    "Settings",
    "Tls",
    "__version__",
]

_DEFINED_IN = {
    "AccountSettings": "mockbw.core.settings",
    "Application": "mockbw.core.model",
    "ApplicationTime": "mockbw.core.application_time",
    "AsyncMockAccount": "mockbw.testing",
    "ClockMode": "mockbw.core.clock",
    "Credentials": "mockbw.core.model",
    "CredentialsMode": "mockbw.core.model",
    "MockAccount": "mockbw.testing",
    "MockBandwidth": "mockbw.server.mock_bandwidth",
    "MockbwError": "mockbw.errors",
    "NamedAccount": "mockbw.config.settings",
    "RetrySchedule": "mockbw.core.retry",
    "ServerLimits": "mockbw.config.settings",
    "ServerThread": "mockbw.testing",
    "Settings": "mockbw.config.settings",
    "Tls": "mockbw.config.settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the pytest plugin is imported in runs that never use it."""
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name]), name)
