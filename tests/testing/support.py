"""What the tests of the fixtures share: an application that posts, and endpoints without a port."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError

SENDER = "+19195550199"
RECIPIENT = "+19195550100"


STRICT = ("-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function", "-W", "error")
"""How a suite inside a test is run: no warning goes by."""


def post(mockbw: Any, to: str | list[str] = RECIPIENT, text: str | None = "Your table is ready", **rest: Any) -> Any:
    """Post a message as an application does; return the JSON of the answer."""
    recipients = [to] if isinstance(to, str) else to
    body = {"applicationId": "93de2206-9669-4e07-948d-329f4b722ee2", "from": SENDER, "to": recipients, "text": text, **rest}
    return post_json(f"{mockbw.base_url}/users/{mockbw.account_id}/messages", body)


def post_json(url: str, body: Any) -> Any:
    """Post JSON and return the JSON of the answer, whatever its status."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except HTTPError as error:
        return json.load(error)


class Wsgi:
    """A WSGI application that keeps the events it receives; ``answers`` are statuses used up in order, then 200."""

    def __init__(self, answers: Iterable[int] = ()) -> None:
        self.answers = list(answers)
        self.events: list[dict[str, Any]] = []

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        self.events += json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response(f"{self.answers.pop(0) if self.answers else 200} whatever", [("Content-Type", "text/plain")])
        return [b"noted"]

    @property
    def types(self) -> list[str]:
        """The type of every received event."""
        return [event["type"] for event in self.events]


class Asgi(Wsgi):
    """The same as an ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # type: ignore[override]
        assert scope["type"] == "http"
        self.events += json.loads((await receive())["body"])
        await send({"type": "http.response.start", "status": self.answers.pop(0) if self.answers else 200, "headers": []})
        await send({"type": "http.response.body", "body": b"noted"})
