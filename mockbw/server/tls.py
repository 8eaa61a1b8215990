"""HTTPS with a certificate authority of one's own, so that an application can be sent here without being changed.

The authority is made once and kept; the server's certificate is issued anew at every start.
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

if TYPE_CHECKING:  # an extra: only who serves HTTPS has it
    from trustme import CA

__all__ = ["CA_FILE", "KEY_FILE", "server_context"]

CA_FILE = "ca.pem"
"""The authority's certificate: what clients must trust."""

KEY_FILE = "ca-key.pem"
"""The authority's key: whoever has it can pretend to be any host toward those clients."""

LIFETIME = timedelta(days=397)
"""How long the server's certificate is valid: the longest that all clients accept."""


def server_context(tls: Tls) -> tuple[ssl.SSLContext, bytes]:
    """Return what HTTPS is served with, and the authority's certificate as PEM.

    Raises:
        SettingsError: no folder is known to keep the authority in, or ``trustme`` is not installed.
        StartError: the kept authority cannot be read, or a new one not be written.
    """
    if tls.folder is None:
        raise SettingsError("HTTPS needs a folder that keeps its certificate authority: set --data, or folder in tls:")
    try:
        authority = _kept(tls.folder)
    except OSError as error:
        raise StartError(f"the certificate authority in {tls.folder} cannot be kept or read: {error.strerror}") from None
    except ValueError as error:
        raise StartError(
            f"the certificate authority in {tls.folder} is damaged: {error}. Delete both files for a new one"
        ) from None
    now = datetime.fromtimestamp(now_ms() / 1000, UTC)
    certificate = authority.issue_cert(*tls.names, not_before=now - timedelta(days=1), not_after=now + LIFETIME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context, authority.cert_pem.bytes()


def _kept(folder: Path) -> CA:
    """Return the authority that the folder keeps, made now if there is none."""
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
