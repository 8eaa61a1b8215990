"""One frozen ``Settings`` for a server: plain values. ``resolve`` makes it of file, environment and flags; ``load`` reads on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from mockbw.core.clock import ClockMode
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.engine.account_setup import MOST_ACCOUNTS
from mockbw.media.store import SPACE
from mockbw.scenario.edition import DEFAULT_EDITION

__all__ = ["NamedAccount", "ServerLimits", "Settings", "Tls", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Return True for an address that only programs of this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one server takes at most.

    ``accounts`` is how many may exist; those idle longest make room for new ones.
    ``body`` and ``header`` are bytes, as is ``media``, what all media stores hold together; ``connections`` and ``streams``
    (clients of the event stream) are open ones at a time;
    ``header_seconds`` and ``body_seconds`` are how long a client may take to send the head and the body of a request,
    ``write_seconds`` to read what fills its connection, and ``idle_seconds`` how long a connection may rest between requests:
    as long as the pools of clients and proxies keep one.
    """

    accounts: int = MOST_ACCOUNTS
    body: int = 1_000_000
    header: int = 16_384
    media: int = SPACE
    connections: int = 5_000
    streams: int = 100
    header_seconds: float = 10.0
    body_seconds: float = 60.0
    write_seconds: float = 30.0
    idle_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Tls:
    """HTTPS beside HTTP: its port, the names its certificate is for, and the folder that keeps its CA (None: the data folder)."""

    port: int = 8443
    names: tuple[str, ...] = ("messaging.bandwidth.com", "api.bandwidth.com", "localhost", "127.0.0.1")
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account that the configuration lists; None means as the server's own setting."""

    settings: AccountSettings
    edition: str | None = None
    clock: ClockMode | None = None
    day: int | None = None
    start: int | None = None
    seed: str | None = None
    scenarios: tuple[Path, ...] = ()
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server runs. ``day`` is how long 24 virtual hours take in wall milliseconds on a scaled clock.

    ``grace`` is the wall seconds that attempts in flight get at a stop. With ``accounts``, only those exist.
    ``data`` is the folder that keeps the journal; None keeps it in memory. ``count_downtime``: scaled clocks count the time
    in which the server was down. ``control_token`` opens the control API; ``control_open`` opens it without one beyond
    loopback; ``control_hosts`` are further names it may be called by. ``callback_hosts`` (names, ``*.example.com``, networks)
    are the only hosts callbacks may go to, if there are any.
    ``sender`` carries them, ``lean`` or ``aiohttp``. ``log`` is ``auto``, ``human`` or ``json``.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    callback_url: str | None = None
    edition: str = DEFAULT_EDITION
    clock: ClockMode = ClockMode.SCALED
    day: int = 60_000
    start: int | None = None
    seed: str | None = None
    scenarios: tuple[Path, ...] = ()
    credentials: tuple[Credentials, ...] = ()
    magic_numbers: bool = True
    concurrency: int | None = None
    grace: float = 3.0
    account: AccountSettings = field(default_factory=AccountSettings)
    accounts: Mapping[str, NamedAccount] = field(default_factory=dict)
    data: Path | None = None
    count_downtime: bool = False
    control_token: str | None = field(default=None, repr=False)
    control_open: bool = False
    control_hosts: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    sender: str = "lean"
    limits: ServerLimits = field(default_factory=ServerLimits)
    tls: Tls | None = None
    log: str = "auto"
    log_level: str = "info"
