"""Sends callbacks directly to an application object, without a port: aiohttp, ASGI or WSGI. Implements ``delivery.Sender``."""

from __future__ import annotations

import asyncio
import inspect
import io
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from aiohttp import web

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import Fault, Outcome
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.outcomes import ANSWER_LIMIT, KEPT_BODY, answered, authorized, kept_detail, kept_headers, secrets_in
from mockbw.errors import SettingsError
from mockbw.testing.memory_transport import exchange
from mockbw.wallclock import monotonic_ms

__all__ = ["ApplicationSender", "Host"]

log = logging.getLogger("mockbw")

T = TypeVar("T")


class Host(Protocol):
    """Runs the code of an application under test in the thread or loop where it expects to run."""

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run blocking code; awaited on the server's loop."""
        ...

    async def coroutine(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine; awaited on the server's loop."""
        ...


class _EnoughError(OSError):
    """The answer is too long: for the application, the client has closed the connection."""


@dataclass(slots=True)
class _Answer:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    length: int = 0

    def add(self, chunk: bytes) -> None:
        """Add a piece of the body.

        Raises:
            _EnoughError: the answer is too long.
        """
        self.length += len(chunk)
        if len(self.body) < KEPT_BODY:
            self.body += chunk[:KEPT_BODY]
        if self.length > ANSWER_LIMIT:
            raise _EnoughError(f"the answer is longer than {ANSWER_LIMIT} bytes, and the rest is not read")


_Call = Callable[[str, Mapping[str, str], bytes], Awaitable[_Answer]]
"""Calls an application with a URL, headers and a body."""


class ApplicationSender:
    """Calls an application object when there is one, else the URL over HTTP.

    When the application raises, the outcome is a 500, as with a server; the traceback goes to the log, and its last line to
    the attempt. Redirects are never followed.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._http = HttpSender()
        self._application: Any = None
        self._call: _Call | None = None
        self._runner: web.AppRunner | None = None

    @property
    def application(self) -> Any:
        """The application that is called, or None.

        Raises:
            SettingsError: (when set) it is not an application that can be called.
        """
        return self._application

    @application.setter
    def application(self, application: Any) -> None:
        self._call = None if application is None else self._caller(application)
        self._application = application

    def _caller(self, application: Any) -> _Call:
        if isinstance(application, web.Application):
            if application.on_startup.frozen:
                raise SettingsError("this aiohttp application is already running: set callback_url to its URL instead")
            return lambda url, headers, body: self._host.coroutine(lambda: self._aiohttp(application, url, headers, body))
        if inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(type(application).__call__):
            return lambda url, headers, body: self._host.coroutine(lambda: _asgi(application, url, headers, body))
        if callable(application):
            return lambda url, headers, body: self._host.blocking(lambda: _wsgi(application, url, headers, body))
        raise SettingsError(
            f"{application!r} is not an application: it must be an aiohttp application, or an ASGI or WSGI callable"
        )

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Call the application, or make the HTTP request."""
        call = self._call
        if call is None:
            return await self._http.send(attempt)
        started = monotonic_ms()

        async def request(headers: Mapping[str, str]) -> Outcome:
            answer = await call(attempt.url, headers, attempt.body)
            if not 100 <= answer.status <= 999:
                raise ValueError(f"{answer.status} is not a valid HTTP status")
            kept = kept_headers(answer.headers, secrets_in(attempt))
            return answered(attempt, int(answer.status), kept, answer.body, monotonic_ms() - started)

        try:
            async with asyncio.timeout(attempt.timeout / 1000) as limit:
                return await authorized(attempt, request)
        except (Exception, asyncio.CancelledError) as error:  # whatever the application does, the attempt has an outcome
            if isinstance(error, TimeoutError) and limit.expired():
                detail = f"no answer within {attempt.timeout / 1000:g} s"
                return Outcome(fault=Fault.TIMEOUT, latency=monotonic_ms() - started, detail=detail)
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # this attempt itself is cancelled, not something in the application
            log.exception("the application raised an error in a callback")
            detail = kept_detail(f"the application raised {_last_line(error)}", secrets_in(attempt))
            return Outcome(status=500, latency=monotonic_ms() - started, detail=detail)

    async def _aiohttp(self, application: web.Application, url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        if self._runner is None:
            self._runner = web.AppRunner(application, access_log=None, handle_signals=False)
            await self._runner.setup()
        server = self._runner.server
        assert server is not None, "set up above"
        return _Answer(*await exchange(server(), url, headers, body))

    def take_cleanup(self) -> Callable[[], Coroutine[Any, Any, None]] | None:
        """Return the cleanup of the aiohttp application that was started here; it must run on the application's loop."""
        runner, self._runner = self._runner, None
        return None if runner is None else runner.cleanup

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def _last_line(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


async def _asgi(application: Any, url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
    parts = urlsplit(url)
    host, port = parts.hostname or "testserver", parts.port or (443 if parts.scheme == "https" else 80)
    sent = [
        ("host", parts.netloc),
        ("content-length", str(len(body))),
        *((name.lower(), value) for name, value in headers.items()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": parts.scheme,
        "path": unquote(parts.path) or "/",
        "raw_path": parts.path.encode() or b"/",
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent],
        "client": ("127.0.0.1", 0),
        "server": (host, port),
    }
    answer = _Answer()
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(event: Mapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            answer.status = event["status"]
            answer.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.get("headers", ())]
        elif event["type"] == "http.response.body":
            answer.add(event.get("body", b""))

    try:
        await application(scope, receive, send)
    except Exception:
        if answer.length <= ANSWER_LIMIT:
            raise
    if not answer.status:
        raise RuntimeError("the ASGI application returned without an answer")
    return answer


def _wsgi(application: Any, url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1") or "/",
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "testserver",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    answer = _Answer()

    def start_response(status: str, response_headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
        answer.status, answer.headers = int(status.split(" ", 1)[0]), list(response_headers)
        return answer.add

    chunks = application(environ, start_response)
    try:
        for chunk in chunks:
            answer.add(chunk)
    except _EnoughError:
        pass
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return answer
