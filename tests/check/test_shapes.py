"""Receivers as in common sample code: the report about them is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from wsgiref.types import StartResponse, WSGIEnvironment

from aiohttp import web

from mockbw.check import Check, CheckSettings, Grade, Report, Verdict
from tests.check import endpoints as e
from tests.check.test_faults import shortened

SERVER_ERROR = """<!doctype html>
<html lang=en>
<title>500 Internal Server Error</title>
<h1>Internal Server Error</h1>
<p>The server encountered an internal error and was unable to complete your request.</p>
"""


def flask_shaped(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Take the first event of the list and answer 200: crashes on a body that is not a list."""
    if environ["REQUEST_METHOD"] != "POST":
        start_response("405 METHOD NOT ALLOWED", [("Allow", "POST")])
        return []
    if not environ["CONTENT_TYPE"].startswith("application/json"):
        start_response("415 UNSUPPORTED MEDIA TYPE", [])
        return []
    try:
        data = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except ValueError:
        start_response("400 BAD REQUEST", [])
        return []
    try:
        assert data[0]["type"]
    except KeyError:
        start_response("500 INTERNAL SERVER ERROR", [("Content-Type", "text/html; charset=utf-8")])
        return [SERVER_ERROR.encode()]
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [b""]


class FlaskShaped(e.Application):
    """Serves the WSGI application."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        answer = web.Response()

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            answer.set_status(int(status[:3]))
            answer.headers.update(dict(headers))
            return bytearray().extend

        answer.body = b"".join(flask_shaped(environ, start_response))
        return answer


class ExpressShaped(e.Application):
    """Parses JSON bodies only, looks at `req.body[0].type`, and shows its stack when that throws."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=404, text="Cannot GET /callbacks")
        body = await request.read()
        if request.content_type != "application/json":
            return self.error("Cannot read properties of undefined (reading &#39;0&#39;)")
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return web.Response(status=400, text="SyntaxError")
        if not isinstance(data, list):
            return self.error("Cannot read properties of undefined (reading &#39;type&#39;)")
        return web.Response(text="OK")

    @staticmethod
    def error(message: str) -> web.Response:
        text = f"<pre>TypeError: {message}<br> &nbsp; &nbsp;at /srv/app/index.js:12:31</pre>"
        return web.Response(status=500, text=text, content_type="text/html")


async def checked(application: e.Application) -> Report:
    async with application:
        return await Check(CheckSettings(application.url), shortened()).run()


def found(report: Report) -> dict[str, str]:
    return {result.facts.drill: result.findings[0].text for result in report.of(Verdict.FAILED, Verdict.ADVICE)}


async def test_a_receiver_like_the_flask_sample_is_ready_except_for_bodies_that_are_not_events() -> None:
    report = await checked(FlaskShaped())
    said = "message-delivered was answered 500, saying “500 Internal Server Error Internal Server Error The server encountered"
    assert list(found(report)) == ["broken-body"]
    assert found(report)["broken-body"].startswith(said)
    assert report.grade is Grade.READY


async def test_a_receiver_like_the_express_sample_shows_its_stack_trace() -> None:
    report = await checked(ExpressShaped())
    assert list(found(report)) == ["broken-body", "wrong-content-type", "answer-content"]
    assert "reading 'type'" in found(report)["broken-body"]
    assert found(report)["answer-content"] == "an answer (500) shows a stack trace to anybody who calls"
    assert report.grade is Grade.READY
