"""``mockbw readyz``: checks whether a server is ready; the container's health probe."""

from __future__ import annotations

import http.client
import time
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mockbw.cli.params import duration
from mockbw.documents.durations import format_duration

__all__ = ["readyz"]


def readyz(
    url: Annotated[str, typer.Option(help="The server's address.", envvar="MOCKBW_URL")] = "http://127.0.0.1:8080",
    wait: Annotated[bool, typer.Option("--wait", help="Keep trying until it is ready.")] = False,
    timeout: Annotated[int, typer.Option(parser=duration, metavar="DURATION", help="How long to wait at most.")] = "30s",  # type: ignore[assignment]  # typer parses the default
) -> None:
    """Exit with 0 when the server accepts messages, with 1 when it does not.

    [dim]Example:[/] mockbw serve & mockbw readyz --wait && pytest
    """
    until = time.monotonic() + timeout / 1000
    while (failure := _probe(url)) is not None:
        if not wait or time.monotonic() > until:
            waited = f" after {format_duration(timeout)}" if wait else ""
            typer.secho(f"{url} is not ready{waited}: {failure}", fg="red", err=True)
            raise typer.Exit(1)
        time.sleep(0.1)
    typer.echo(f"{url} is ready")


def _probe(url: str) -> str | None:
    """Return why the server is not ready, or None when it is."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter(f"{url!r} is not a valid address, such as http://127.0.0.1:8080", param_hint="--url")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=5)
    try:
        connection.request("GET", "/_mockbw/readyz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return None if status == 200 else f"it answered {status}: is this mockbw?"
