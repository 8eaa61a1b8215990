"""Callbacks straight to an application object: WSGI, ASGI and aiohttp, in sync and async tests, without a port."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from aiohttp import web

from mockbw.core.model import Application, Credentials
from mockbw.errors import MockbwError, SettingsError
from tests.testing.support import RECIPIENT, SENDER, STRICT, Asgi, Wsgi, post

APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"


class Aiohttp(Wsgi):
    """An aiohttp application that keeps the events it receives, and whether it runs."""

    def __init__(self, answers=()):
        super().__init__(answers)
        self.running: list[bool] = []
        self.app = web.Application()
        self.app.router.add_post("/callbacks", self.on_callback)
        self.app.cleanup_ctx.append(self.runs)

    async def runs(self, app):
        self.running.append(True)
        yield
        self.running.append(False)

    async def on_callback(self, request):
        self.events += await request.json()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


def made(kind, answers=()):
    """Return the application object and its memory."""
    app = {"wsgi": Wsgi, "asgi": Asgi, "aiohttp": Aiohttp}[kind](answers)
    return (app.app if kind == "aiohttp" else app), app


KINDS = pytest.mark.parametrize("kind", ["wsgi", "asgi", "aiohttp"])


@KINDS
def test_callbacks_reach_an_application_in_a_sync_test(mockbw, kind):
    mockbw.application, app = made(kind, [503])
    mockbw.callback_url = "/callbacks"
    post(mockbw)
    mockbw.settle()
    assert app.types == ["message-sent", "message-delivered", "message-sent"]
    assert [callback.answers for callback in mockbw.callbacks] == [["503", "200"], ["200"]]


@KINDS
async def test_callbacks_reach_an_application_in_an_async_test(async_mockbw, kind):
    async_mockbw.application, app = made(kind, [503])
    async_mockbw.callback_url = "/callbacks"
    post(async_mockbw)
    await async_mockbw.settle()
    assert app.types == ["message-sent", "message-delivered", "message-sent"]
    assert [callback.answers for callback in async_mockbw.callbacks] == [["503", "200"], ["200"]]


def test_in_a_sync_test_a_wsgi_application_runs_in_the_thread_of_the_test(mockbw):
    seen = []

    def app(environ, start_response):
        seen.append(threading.current_thread())
        start_response("204 No Content", [])
        return []

    mockbw.application, mockbw.callback_url = app, "/callbacks"
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert seen == [threading.current_thread()]


async def test_in_an_async_test_an_asgi_application_runs_in_the_loop_of_the_test(async_mockbw):
    seen = []

    async def app(scope, receive, send):
        seen.append(asyncio.get_running_loop())
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
    await async_mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert seen == [asyncio.get_running_loop()]


@KINDS
def test_an_application_may_post_while_it_is_called_back(mockbw, kind):
    """Nothing waits for anything that waits for it: the answer to the handset is posted from inside the callback."""

    class Answering(Wsgi):
        def __call__(self, environ, start_response):
            post(mockbw, text="Goodbye")
            return super().__call__(environ, start_response)

    class AnsweringAsgi(Asgi):
        async def __call__(self, scope, receive, send):
            post(mockbw, text="Goodbye")  # blocking the loop it runs in, as applications do
            await super().__call__(scope, receive, send)

    class AnsweringAiohttp(Aiohttp):
        async def on_callback(self, request):
            post(mockbw, text="Goodbye")
            return await super().on_callback(request)

    app = {"wsgi": Answering, "asgi": AnsweringAsgi, "aiohttp": AnsweringAiohttp}[kind]()
    mockbw.application, mockbw.callback_url = getattr(app, "app", app), "/callbacks"
    mockbw.play("timeline: []")
    mockbw.handset(RECIPIENT).texts("STOP", to=SENDER)
    mockbw.assert_sent(text="Goodbye")
    assert app.types == ["message-received"]


@KINDS
async def test_an_application_may_block_the_loop_of_an_async_test_while_it_posts(async_mockbw, kind):
    class AnsweringAsgi(Asgi):
        async def __call__(self, scope, receive, send):
            post(async_mockbw, text="Goodbye")
            await super().__call__(scope, receive, send)

    class AnsweringAiohttp(Aiohttp):
        async def on_callback(self, request):
            post(async_mockbw, text="Goodbye")
            return await super().on_callback(request)

    class Answering(Wsgi):
        def __call__(self, environ, start_response):
            post(async_mockbw, text="Goodbye")
            return super().__call__(environ, start_response)

    app = {"wsgi": Answering, "asgi": AnsweringAsgi, "aiohttp": AnsweringAiohttp}[kind]()
    async_mockbw.application, async_mockbw.callback_url = getattr(app, "app", app), "/callbacks"
    async_mockbw.play("timeline: []")
    await async_mockbw.handset(RECIPIENT).texts("STOP", to=SENDER)
    async_mockbw.assert_sent(text="Goodbye")


def test_a_callback_before_the_202_waits_for_the_thread_that_is_busy_posting(mockbw):
    app = Wsgi()
    mockbw.application, mockbw.callback_url = app, "/callbacks"
    mockbw.play("early-callback")
    post(mockbw)
    assert app.types == []
    mockbw.settle()
    assert app.types == ["message-delivered"]


def test_moving_time_from_inside_a_callback_is_refused_instead_of_waiting_for_ever(mockbw):
    seen = []

    def app(environ, start_response):
        with pytest.raises(MockbwError) as caught:
            mockbw.advance("1h")
        seen.append(str(caught.value))
        start_response("200 OK", [])
        return []

    mockbw.application, mockbw.callback_url = app, "/callbacks"
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert seen == ["the application is handling a callback right now: time moves only after it has answered"]


@KINDS
def test_an_application_that_raises_is_a_500_that_says_where(mockbw, kind, caplog):
    class Broken(Wsgi):
        def __call__(self, environ, start_response):
            raise ValueError("no such booking")

    class BrokenAsgi(Asgi):
        async def __call__(self, scope, receive, send):
            raise ValueError("no such booking")

    class BrokenAiohttp(Aiohttp):
        async def on_callback(self, request):
            raise ValueError("no such booking")

    app = {"wsgi": Broken, "asgi": BrokenAsgi, "aiohttp": BrokenAiohttp}[kind]()
    mockbw.application, mockbw.callback_url = getattr(app, "app", app), "/callbacks"
    [message] = mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    [attempt] = message.callbacks[0].attempts
    assert attempt.status == 500
    assert "no such booking" in caplog.text
    if kind != "aiohttp":  # which makes a page of it itself
        assert re.fullmatch(
            r"the application raised ValueError: no such booking at .*test_in_process_sender\.py:\d+", attempt.answer
        )


@KINDS
def test_an_application_can_challenge_for_credentials(mockbw, kind):
    credentials = Credentials("user", "secret")
    url = "http://testserver/callbacks"
    application = Application(
        APPLICATION, outbound_url=url, inbound_url=url, credentials=credentials, inbound_credentials=credentials
    )
    mockbw.configure(applications={APPLICATION: application})
    headers = []
    challenge = [("WWW-Authenticate", 'Basic realm="app"')]

    def wsgi(environ, start_response):
        headers.append(environ.get("HTTP_AUTHORIZATION"))
        start_response("200 OK" if headers[-1] else "401 Unauthorized", challenge)
        return [b""]

    async def asgi(scope, receive, send):
        headers.append(dict(scope["headers"]).get(b"authorization", b"").decode() or None)
        fields = [(b"www-authenticate", b'Basic realm="app"')]
        await send({"type": "http.response.start", "status": 200 if headers[-1] else 401, "headers": fields})
        await send({"type": "http.response.body"})

    async def on_callback(request):
        headers.append(request.headers.get("Authorization"))
        return web.Response(status=200 if headers[-1] else 401, headers=dict(challenge))

    app = web.Application()
    app.router.add_post("/callbacks", on_callback)
    mockbw.application = {"wsgi": wsgi, "asgi": asgi, "aiohttp": app}[kind]
    mockbw._server.call(mockbw._runner.use_edition, "2023")
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert headers == [None, "Basic dXNlcjpzZWNyZXQ="]
    assert mockbw.callbacks[0].answers == ["200"]


def test_an_aiohttp_application_runs_from_the_first_callback_to_the_end_of_the_test(pytester):
    pytester.makepyfile(
        """
        from aiohttp import web

        def test_one(mockbw):
            async def told(request):
                return web.Response()

            async def runs(app):
                print("application begins")
                yield
                print("application ends")

            app = web.Application()
            app.router.add_post("/callbacks", told)
            app.cleanup_ctx.append(runs)
            mockbw.application, mockbw.callback_url = app, "/callbacks"
            print("before")
            mockbw.handset("+19195550100").texts("hi", to="+19195550199")
            print("after")

        async def test_two(async_mockbw):
            async def told(request):
                return web.Response()

            async def runs(app):
                print("application begins")
                yield
                print("application ends")

            app = web.Application()
            app.router.add_post("/callbacks", told)
            app.cleanup_ctx.append(runs)
            async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
            print("before")
            await async_mockbw.handset("+19195550100").texts("hi", to="+19195550199")
            print("after")
        """
    )
    result = pytester.runpytest("-s", "-q", *STRICT)
    lines = [line for line in result.outlines if line and "passed" not in line and not line.startswith("mockbw: edition ")]
    assert [line.lstrip(".") for line in lines if line.strip(".")] == [
        "before",
        "application begins",
        "after",
        "application ends",
    ] * 2
    result.assert_outcomes(passed=2)


def test_a_running_aiohttp_application_is_called_by_its_url(mockbw):
    app = web.Application()
    app.on_startup.freeze()
    with pytest.raises(
        SettingsError, match=r"^this aiohttp application is already running: set callback_url to its URL instead$"
    ):
        mockbw.application = app


def test_what_is_no_application_is_refused(mockbw):
    with pytest.raises(
        SettingsError, match=r"^'app:main' is not an application: it must be an aiohttp application, or an ASGI or WSGI callable$"
    ):
        mockbw.application = "app:main"


def test_what_times_out_inside_the_application_is_its_own_error_and_not_its_silence(mockbw):
    def application(environ, start_response):
        raise TimeoutError("the database did not answer")

    mockbw.application, mockbw.callback_url = application, "/callbacks"
    post(mockbw)
    mockbw.advance("2s")
    (attempt,) = mockbw.callbacks[0].attempts
    assert (attempt.status, attempt.outcome) == (500, "500")


def test_what_is_cancelled_inside_the_application_is_its_own_error_too(mockbw):
    called = []

    async def application(scope, receive, send):
        called.append(scope["path"])
        task = asyncio.ensure_future(asyncio.Event().wait())
        task.cancel()
        await task

    mockbw.application, mockbw.callback_url = application, "/callbacks"
    post(mockbw)
    mockbw.advance("2s")
    assert [attempt.status for attempt in mockbw.callbacks[0].attempts] == [500]
    assert called == ["/callbacks"]


@pytest.mark.parametrize("kind", ["wsgi", "wsgi that writes", "asgi", "aiohttp"])
def test_an_answer_without_end_is_read_up_to_the_bound_of_every_sender(mockbw, kind):
    pieces = []

    def wsgi(environ, start_response):
        write = start_response("200 OK", [])
        for _ in range(10_000):
            pieces.append(1)
            if kind == "wsgi":
                yield b"x" * 1000
            else:
                write(b"x" * 1000)

    async def asgi(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10_000):
            pieces.append(1)
            await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})

    async def on_callback(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            pieces.append(1)
            await response.write(b"x" * 1000)

    app = web.Application()
    app.router.add_post("/callbacks", on_callback)
    mockbw.application = {"asgi": asgi, "aiohttp": app}.get(kind, wsgi)
    mockbw.callback_url = "/callbacks"
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    (attempt,) = mockbw.callbacks[0].attempts
    assert (attempt.status, set(attempt.answer) <= set("x3e8\r\n"), len(attempt.answer)) == (200, True, 4096)
    assert len(pieces) < 300


@pytest.mark.parametrize("status", [0, 42, 1000, 2**70, "200", None])
@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_a_status_that_is_none_is_an_error_of_the_application(mockbw, kind, status):
    def wsgi(environ, start_response):
        start_response(f"{status} Whatever" if status != "200" else "OK", [])
        return [b""]

    async def asgi(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body"})

    mockbw.application, mockbw.callback_url = {"wsgi": wsgi, "asgi": asgi}[kind], "/callbacks"
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert [attempt.status for attempt in mockbw.callbacks[0].attempts] == [500]


def test_headers_of_other_types_of_text_are_kept_as_plain_text(mockbw):
    class Name(str):
        __slots__ = ()

    def wsgi(environ, start_response):
        start_response("200 OK", [(Name("X-One"), Name("1")), ("X-Half", "caf\ud8e9"), ("X-Many", "v" * 9000)])
        return [b""]

    mockbw.application, mockbw.callback_url = wsgi, "/callbacks"
    mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    (callback,) = mockbw._runner.records.callbacks.values()
    one, half, many = callback.attempts[0].outcome.headers
    assert (one, half, many[0]) == (("X-One", "1"), ("X-Half", "caf\ufffd"), "X-Many")
    assert {type(text) for text in (*one, *half)} == {str}
    assert 3_000 < len(many[1]) < 4_096
