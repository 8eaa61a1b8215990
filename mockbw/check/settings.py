"""The settings of a check: the endpoint, the edition, and how the application can be queried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mockbw.core.model import Credentials, CredentialsMode

__all__ = ["CheckSettings", "Control"]

Control = Callable[[], Awaitable[None]]
"""Takes the endpoint down, or brings it up again."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How a check runs.

    ``limit`` is the platform's time-out in wall milliseconds (P10). ``patience`` is how long the application may take to send
    what it sends in answer to a callback, in wall seconds. ``inbound_url``: where inbound events go, if not to ``url``.
    ``app_sends``: the application sends through the double, at ``port``. ``trigger`` makes it send one message to ``{to}``;
    ``status_of`` returns what it has stored about the message ``{id}``; both are commands, or URLs. ``down`` and ``up`` take
    the endpoint down and bring it up again.
    """

    url: str
    inbound_url: str | None = None
    edition: str = "2026"
    credentials: Credentials | None = None
    credentials_mode: CredentialsMode | None = None
    limit: int = 10_000
    patience: float = 1.0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    app_sends: bool = False
    trigger: str | None = None
    status_of: str | None = None
    down: Control | None = field(default=None, repr=False)
    up: Control | None = field(default=None, repr=False)

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs that are called."""
        return (self.url,) if self.inbound_url is None else (self.url, self.inbound_url)
