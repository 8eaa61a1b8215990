"""The platform's own client (``bandwidth-sdk``), pointed at mockbw. Imports the SDK, so nothing else imports it."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

try:
    from bandwidth import Configuration  # type: ignore[import-untyped]  # it ships no types
except ImportError:
    raise ImportError("mockbw.sdk needs the platform's own client: pip install 'bandwidth-sdk>=17'") from None

__all__ = ["configuration"]


class _Reachable(Protocol):
    @property
    def base_url(self) -> str: ...


def configuration(mockbw: _Reachable | str, **overrides: Any) -> Configuration:
    """Return a ``Configuration`` with which every API of the SDK calls mockbw instead of the platform.

    ``mockbw`` is a fixture, a ``MockBandwidth`` or a base URL such as ``http://127.0.0.1:8080/api/v2``. ``overrides`` are
    arguments of the SDK's ``Configuration``: ``username`` and ``password`` are made up unless given; with ``client_id`` and
    ``client_secret`` the SDK fetches its token from mockbw too.

    ::

        api = bandwidth.MessagesApi(bandwidth.ApiClient(mockbw.sdk.configuration(mockbw)))
    """
    base_url = mockbw if isinstance(mockbw, str) else mockbw.base_url
    arguments: dict[str, Any] = {"host": base_url, "ignore_operation_servers": True, **overrides}
    if "client_id" in overrides:
        site = urlsplit(base_url)
        arguments.setdefault("access_token_url", f"{site.scheme}://{site.netloc}/api/v1/oauth2/token")
    else:
        arguments.setdefault("username", "user")
        arguments.setdefault("password", "password")
    return Configuration(**arguments)
