"""A client of a running server, for the command line and for programs: the control API, and the platform's own API.

It uses the standard library only, so that commands start quickly.
"""

from __future__ import annotations

import http.client
import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from mockbw.core.model import Credentials
from mockbw.errors import RemoteError

__all__ = ["ControlClient"]

ROOT = "/_mockbw"


class ControlClient:
    """Calls one server over one connection. ``token`` is its control token; ``timeout`` is in wall seconds, for one answer.

    ::

        with ControlClient("http://127.0.0.1:8080") as client:
            client.get("accounts")["accounts"]
    """

    def __init__(self, url: str, token: str | None = None, *, timeout: float = 60.0, verify: bool = True) -> None:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if parts.scheme not in ("http", "https") or not host:
            raise RemoteError(f"{url!r} is not a valid address", "Write it as http://127.0.0.1:8080")
        self.url = f"{parts.scheme}://{parts.netloc}"
        self._token = token
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            if not verify:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str, **query: Any) -> Any:
        """GET from the control API; ``path`` is relative to its root. A None among the parameters is omitted, a list is repeated.

        Raises:
            RemoteError: the server refuses, or cannot be reached.
        """
        return self.call("GET", path, query=query)

    def call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, data: Any = None, yaml: str | None = None
    ) -> Any:
        """Make a request to the control API, with JSON ``data`` or a ``yaml`` text; return the JSON of the answer.

        Raises:
            RemoteError: the server refuses, or cannot be reached.
        """
        given = {name.rstrip("_"): value for name, value in (query or {}).items() if value is not None and value != []}
        target = f"{ROOT}/{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        body, kind = (yaml, "application/yaml") if yaml is not None else (json.dumps(data), "application/json")
        status, answer = self._exchange(method, target, headers, None if method == "GET" else (body, kind))
        if status >= 400:
            raise _refusal(self.url, status, answer)
        return answer

    def post_message(
        self, account: str, message: Mapping[str, Any], credentials: Credentials | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Post a message to the platform's API as an application does; return status and JSON, also when it is refused.

        Raises:
            RemoteError: the server cannot be reached.
        """
        headers = {}
        if credentials is not None:
            pair = f"{credentials.user}:{credentials.password}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        target = f"/api/v2/users/{quote(account, safe='')}/messages"
        status, answer = self._exchange("POST", target, headers, (json.dumps(message), "application/json"))
        return status, answer if isinstance(answer, dict) else {}

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], body: tuple[str, str] | None) -> tuple[int, Any]:
        sent = dict(headers)
        if body is not None:
            sent["Content-Type"] = body[1]
        try:
            self._connection.request(method, target, None if body is None else body[0].encode(), sent)
            response = self._connection.getresponse()
            raw = response.read()
        except TimeoutError:
            raise RemoteError(f"{self.url} did not answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise RemoteError(f"{self.url} cannot be reached: {why}", "Is it running? Start it with: mockbw serve") from None
        try:
            return response.status, json.loads(raw) if raw else None
        except ValueError:
            raise RemoteError(
                f"{self.url} answered something that is not JSON: is this mockbw?", status=response.status
            ) from None


def _refusal(url: str, status: int, answer: Any) -> RemoteError:
    if not isinstance(answer, dict) or "error" not in answer:
        return RemoteError(f"{url} answered {status}: is this mockbw?", status=status)
    hint = str(answer.get("hint") or "")
    if status == 401:
        hint = "Give it with --token, or set MOCKBW_CONTROL_TOKEN"
    return RemoteError(str(answer["error"]).rstrip("."), hint, status, answer)
