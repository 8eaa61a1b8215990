"""``mockbw doctor``: each reason why a callback does not come is found on a running server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mockbw.cli import app
from mockbw.client import ControlClient
from mockbw.core.model import Credentials
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.cli.test_remote import served


def doctor(double: MockBandwidth, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *arguments], env={"MOCKBW_URL": double.url, "COLUMNS": "200"})


def send(double: MockBandwidth, *arguments: str) -> None:
    CliRunner().invoke(app, ["send", "hi", *arguments], env={"MOCKBW_URL": double.url})


def findings(double: MockBandwidth, *arguments: str) -> dict[str, str]:
    """Return what is wrong, each with what to do about it."""
    found = json.loads(doctor(double, "--json", *arguments).output)
    return {one["what"]: one["remedy"] for one in found if one["wrong"]}


def the_only(double: MockBandwidth, *arguments: str) -> tuple[str, str]:
    ((what, remedy),) = findings(double, *arguments).items()
    return what, remedy


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """A port at which nobody listens, and that nobody else takes meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def url_of(port: socket.socket) -> str:
    return f"http://127.0.0.1:{port.getsockname()[1]}/callbacks"


@contextmanager
def endpoint(status: int) -> Iterator[str]:
    """An endpoint that answers every callback so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/callbacks"
        finally:
            server.shutdown()
            thread.join()


def play(double: MockBandwidth, **body: Any) -> None:
    """Send a message, and advance the clock; until nothing is left to do unless something else is said."""
    send(double)
    with ControlClient(double.url) as client:
        client.call("POST", "accounts/9900000/clock/advance", data=body or {"until": "idle"})


def test_no_server_exits_with_2() -> None:
    result = CliRunner().invoke(app, ["doctor", "--url", "http://127.0.0.1:9"])
    assert "127.0.0.1:9" in str(result.exception)


def test_no_application_has_posted() -> None:
    with served() as double:
        what, remedy = the_only(double)
    assert what == "no application has posted to this server"
    assert f"{double.url}/api/v2/users/{{account}}/messages" in remedy


def test_another_account_was_posted_to() -> None:
    with served() as double:
        send(double, "--account", "111")
        assert findings(double, "--account", "222").keys() == {
            "account 222 has no requests and no messages; there are some of 111"
        }


def test_requests_are_refused_for_want_of_credentials() -> None:
    with served(credentials=(Credentials("user", "password"),)) as double:
        send(double, "--account", "9900000")
        what, remedy = the_only(double)
    assert what.startswith("1 request answered 401: ")
    assert "credentials" in remedy


def test_there_is_no_url() -> None:
    with served(callback_url=None) as double:
        play(double)
        what, remedy = the_only(double)
    assert what.startswith("message-delivered, message-sent not sent: application ")
    assert "has no callback URL" in what
    assert "--callback-url" in remedy


def test_an_edition_does_not_send_an_event_unasked() -> None:
    with served(edition="2026") as double:
        play(double)
        shown = doctor(double).output
    assert "message-sent not sent: application" in shown
    assert "(edition 2026)" in shown
    assert "callback-types: message-sent" in shown


def test_the_clock_stands() -> None:
    with served() as double:
        send(double)
        what, remedy = the_only(double)
    assert what == "the clock stands at 2018-01-24T16:00:00.000Z; something is due at 2018-01-24T16:00:01.000Z"
    assert "mockbw advance" in remedy


def test_the_clock_is_held_by_hand() -> None:
    with served() as double:
        send(double)
        with ControlClient(double.url) as client:
            client.call("PUT", "accounts/9900000/clock/holds/breakfast")
        assert the_only(double) == ("the clock is held by hand: breakfast", "release the hold")


def test_the_port_is_wrong_and_the_callbacks_have_expired(port: socket.socket) -> None:
    with served(callback_url=url_of(port)) as double:
        play(double)
        what, remedy = the_only(double)
    assert what.startswith(f"2 callbacks to {url_of(port)}: ")
    assert what.endswith("; 2 expired")
    assert remedy == "start the application there; in a container that is the container itself: use host.docker.internal"


def test_what_listens_here_but_not_where_the_server_runs_is_a_containers_localhost(port: socket.socket) -> None:
    with served(callback_url=url_of(port)) as double:
        play(double)
        port.listen()
        _, remedy = the_only(double)
    assert remedy.startswith("it listens here, but not where the server runs")


def test_the_endpoint_asks_for_credentials_and_is_called_again_later() -> None:
    with endpoint(401) as url, served(callback_url=url) as double:
        play(double, by="5s")
        with ControlClient(double.url) as client:
            client.call("PUT", "accounts/9900000/clock", data={"mode": "real"})
        what, remedy = the_only(double)
    assert what == f"2 callbacks to {url}: it answered 401; next attempt at 2018-01-24T16:00:31.000Z"
    assert "credentials" in remedy


def test_a_server_on_which_all_is_well_says_so_and_what_it_has_seen() -> None:
    with endpoint(204) as url, served(callback_url=url) as double:
        play(double)
        result = doctor(double)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "account 9900000",
        "  · edition 2018-01, 1 message",
        f"  · 2 callbacks to {url} answered 2xx",
        "Nothing is wrong here.",
    ]
