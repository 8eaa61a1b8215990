"""Which hosts callbacks may go to, and media may be fetched from."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

__all__ = ["AllowedHosts"]


class AllowedHosts:
    """Hosts by exact name, ``*.example.com`` (any name below it), ``*``, address or network; without patterns, all hosts.

    A name is checked as it is written in the URL; it is not resolved.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._below: list[str] = []
        self._networks: list[IPv4Network | IPv6Network] = []
        for pattern in patterns:
            wanted = pattern.strip("[]").rstrip(".").lower()
            try:
                self._networks.append(ip_network(wanted, strict=False))
            except ValueError:
                if wanted.startswith("*"):
                    self._below.append(wanted[1:])
                else:
                    self._names.add(wanted)
        self._any = not (self._names or self._below or self._networks)

    @property
    def everyone(self) -> bool:
        """True when every host is allowed."""
        return self._any

    def allows(self, host: str | None) -> bool:
        """Return True when callbacks may go to the host of a URL."""
        if self._any:
            return True
        name = (host or "").strip("[]").rstrip(".").lower()
        try:
            address = ip_address(name)
        except ValueError:
            return name in self._names or any(name.endswith(ending) for ending in self._below)
        return any(address in network for network in self._networks)
