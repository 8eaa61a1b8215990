"""HTTPS with its own certificate authority, so that an application can be redirected to mockbw without being changed.

The authority is created once and kept; the server's certificate is issued at every start.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mockbw.config.settings import Tls
from mockbw.errors import SettingsError, StartError
from mockbw.wallclock import now_ms

if TYPE_CHECKING:  # an extra, which only HTTPS needs
    from trustme import CA

__all__ = ["CA_FILE", "KEY_FILE", "server_context"]

CA_FILE = "ca.pem"
"""The authority's certificate: what clients must trust."""

KEY_FILE = "ca-key.pem"
"""The authority's key: whoever has it can impersonate any host to those clients."""

LIFETIME = timedelta(days=397)
"""How long the server's certificate is valid: the longest time that all clients accept."""


def server_context(tls: Tls) -> tuple[ssl.SSLContext, bytes]:
    """Return the TLS context of the server, and the authority's certificate as PEM.

    Raises:
        SettingsError: no folder to keep the authority in is configured, or ``trustme`` is not installed.
        StartError: the authority in the folder cannot be read, or a new one cannot be written.
    """
    if tls.folder is None:
        raise SettingsError("HTTPS needs a folder for its certificate authority: set --data, or folder in tls:")
    try:
        authority = _authority_in(tls.folder)
    except OSError as error:
        raise StartError(f"the certificate authority in {tls.folder} cannot be read or written: {error.strerror}") from None
    except ValueError as error:
        raise StartError(
            f"the certificate authority in {tls.folder} is damaged: {error}. Delete both files to create a new one"
        ) from None
    now = datetime.fromtimestamp(now_ms() / 1000, UTC)
    certificate = authority.issue_cert(*tls.names, not_before=now - timedelta(days=1), not_after=now + LIFETIME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context, authority.cert_pem.bytes()


def _authority_in(folder: Path) -> CA:
    """Return the authority in the folder, created now if there is none."""
    try:
        from trustme import CA
    except ImportError:
        raise SettingsError("HTTPS needs the package trustme: pip install trustme") from None
    certificate, key = folder / CA_FILE, folder / KEY_FILE
    if certificate.exists() and key.exists():
        return CA.from_pem(certificate.read_bytes(), key.read_bytes())
    authority = CA(organization_name="mockbw", organization_unit_name="for tests only")
    folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(authority.private_key_pem.bytes())
    certificate.write_bytes(authority.cert_pem.bytes())
    return authority
