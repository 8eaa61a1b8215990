"""Who may come near the control API: see ``mockbw/server/control/access.py`` for the three dangers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientSession

from mockbw.config.settings import ServerLimits, Settings
from mockbw.core.model import Credentials
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, SENDER, Endpoint

TOKEN = "a-control-token"
MESSAGE = {"from": SENDER, "to": "+19195550100", "text": "x", "applicationId": APPLICATION}


@asynccontextmanager
async def serving(**settings: object) -> AsyncIterator[tuple[MockBandwidth, ClientSession]]:
    async with MockBandwidth(Settings(port=0, **settings)) as double, ClientSession() as client:  # type: ignore[arg-type]
        yield double, client


async def rest(reader: asyncio.StreamReader) -> bytes:
    with suppress(ConnectionError):
        return await reader.read()
    return b""


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def status(client: ClientSession, double: MockBandwidth, path: str = "/_mockbw/version", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(double.url + path, headers=sent) as response:
        return response.status


async def test_with_a_token_only_its_holder_comes_in() -> None:
    async with serving(control_token=TOKEN) as (double, client):
        assert await status(client, double) == 401
        assert await status(client, double, Authorization="Bearer wrong") == 401
        assert await status(client, double, Authorization=f"Bearer {TOKEN}") == 200
        # as the browser's own dialog sends it: any user, the token as password
        assert await status(client, double, Authorization="Basic YW55Ym9keTphLWNvbnRyb2wtdG9rZW4=") == 200


@pytest.mark.parametrize(
    "path",
    ["/_mockbw/accounts", "/_mockbw", "/_mockbw/", "/%5Fmockbw/accounts", "/_mockbw//accounts", "/_mockbw/../_mockbw/accounts"],
)
async def test_no_spelling_of_the_path_goes_round_the_token(path: str) -> None:
    async with serving(control_token=TOKEN) as (double, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(double.url.rsplit(":", 1)[1]))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        await gone(writer)
        assert int(answer.split()[1]) in (401, 404)
        assert b"9900000" not in answer


async def test_health_probes_need_no_token() -> None:
    async with serving(control_token=TOKEN) as (double, client):
        assert await status(client, double, "/_mockbw/readyz", Host="10.1.2.3:8080") == 200


async def test_beyond_loopback_the_control_api_is_closed_until_there_is_a_token_or_it_is_opened() -> None:
    async with serving(host="0.0.0.0") as (double, client):
        async with client.get(f"{double.url}/_mockbw/accounts") as response:
            assert response.status == 403
            assert "MOCKBW_CONTROL_TOKEN" in await response.text()
        async with client.post(f"{double.base_url}/users/1/messages", json=MESSAGE) as response:
            assert response.status == 202
    async with serving(host="0.0.0.0", control_open=True) as (double, client):
        assert await status(client, double) == 200
    async with serving(host="0.0.0.0", control_token=TOKEN) as (double, client):
        assert await status(client, double, Authorization=f"Bearer {TOKEN}", Host="mockbw.staging.example.com") == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("evil.example.com", 403),
        ("127.0.0.1.evil.example.com:8080", 403),
        ("localhost", 200),
        ("LOCALHOST:1234", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("mockbw", 200),
        ("tests.internal", 200),
    ],
)
async def test_a_name_that_a_stranger_may_have_pointed_here_is_refused(host: str, expected: int) -> None:
    async with serving(control_hosts=("tests.internal",)) as (double, client):
        assert await status(client, double, Host=host) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000", "Host": "localhost:8080"}, 403),
        ({"Origin": "http://localhost:8080", "Host": "localhost:8080"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
    ],
)
async def test_web_pages_of_other_sites_are_refused_even_with_the_token(headers: dict[str, str], expected: int) -> None:
    async with serving(control_token=TOKEN) as (double, client):
        assert await status(client, double, Authorization=f"Bearer {TOKEN}", **headers) == expected


async def test_a_page_of_another_site_cannot_post_either() -> None:
    async with serving() as (double, client):
        for method in ("POST", "PUT", "DELETE"):
            sent = {"Origin": "https://evil.example.com", "Content-Type": "text/plain"}
            async with client.request(method, f"{double.url}/_mockbw/accounts/1", headers=sent, data="{}") as response:
                assert response.status == 403


async def test_answers_of_the_control_api_keep_browsers_from_mischief() -> None:
    async with serving() as (double, client), client.get(f"{double.url}/_mockbw/version") as response:
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"].startswith("application/json")


async def test_script_in_a_message_comes_out_as_data(endpoint: Endpoint) -> None:
    script = {**MESSAGE, "text": "<script>alert(1)</script>"}
    async with serving(callback_url=endpoint.url) as (double, client):
        async with client.post(f"{double.base_url}/users/1/messages", json=script) as response:
            assert response.headers["Content-Type"].startswith("application/json")
        async with client.get(f"{double.url}/_mockbw/accounts/1/messages") as response:
            assert response.headers["Content-Type"].startswith("application/json")
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_secrets_never_come_out(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    settings = {"control_token": TOKEN, "credentials": (Credentials("user", "hunter2-secret"),), "callback_url": endpoint.url}
    async with serving(**settings) as (double, client):
        for path in ("/api/v2/users/1/messages", "/_mockbw/version"):
            async with client.post(
                double.url + path, json=MESSAGE, headers={"Authorization": "Bearer not-the-token"}
            ) as response:
                assert response.status == 401
        sent = {"Authorization": f"Bearer {TOKEN}"}
        seen = repr(double.journal.read()) + caplog.text + repr(double.settings)
        for path in ("accounts", "accounts/1/settings", "accounts/1/requests", "metrics", "openapi.json"):
            async with client.get(f"{double.url}/_mockbw/{path}", headers=sent) as response:
                seen += await response.text()
        assert TOKEN not in seen
        assert "hunter2" not in seen


# -- limits -------------------------------------------------------------------------------------------------------------


async def test_oversized_bodies_and_headers_are_refused() -> None:
    async with serving(limits=ServerLimits(body=1000, header=2000)) as (double, client):
        url = f"{double.base_url}/users/1/messages"
        async with client.post(url, json={**MESSAGE, "tag": "x" * 2000}) as response:
            assert response.status in (400, 413)
        async with client.post(url, json=MESSAGE, headers={"X-Long": "x" * 3000}) as response:
            assert response.status == 400
        async with client.get(f"{double.url}/{'x' * 3000}") as response:
            assert response.status in (400, 414)
        async with client.post(url, json=MESSAGE) as response:
            assert response.status == 202


BROKEN = [
    ("/api/v2/users/1/messages", b"Content-Encoding: gzip", 400),
    ("/api/v2/users/1/messages", b"Content-Encoding: deflate", 400),
    ("/_mockbw/accounts/1/settings", b"Content-Encoding: gzip", 400),
    ("/api/v2/users/1/messages", b"Authorization: Basic \xff\xfe", 401),
    ("/api/v2/users/1/messages", b"Authorization: Bearer \xff\xfe", 401),
    ("/_mockbw/accounts/1/settings", b"Authorization: Basic \xff\xfe", 401),
    ("/_mockbw/accounts/1/settings", b"Authorization: Bearer \xff\xfe", 401),
]


@pytest.mark.parametrize(("path", "header", "status"), BROKEN)
async def test_bytes_that_mean_nothing_are_the_clients_mistake(path: str, header: bytes, status: int) -> None:
    settings = {"edition": "2026", "credentials": (Credentials("user", "password"),)} if status == 401 else {}
    token = TOKEN if status == 401 else None
    async with serving(control_token=token, **settings) as (double, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(double.url.rsplit(":", 1)[1]))
        method = "PUT" if path.startswith("/_mockbw") else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4\r\n"
        writer.write(head.encode() + header + b"\r\n\r\noops")
        assert (await reader.readline()).split()[1] == str(status).encode()
        await gone(writer)


async def test_a_connection_too_many_is_closed_and_the_others_go_on() -> None:
    async with serving(limits=ServerLimits(connections=2)) as (double, _):
        port = int(double.url.rsplit(":", 1)[1])
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        await gone(writer)
        held[0][1].write(b"GET /_mockbw/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await held[0][0].readline()).split()[1] == b"200"
        for _, each in held:
            await gone(each)


async def test_a_connection_that_makes_no_request_is_cut() -> None:
    async with serving(limits=ServerLimits(header_seconds=0.05)) as (double, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(double.url.rsplit(":", 1)[1]))
        writer.write(b"GET /_mockbw/readyz HT")
        assert await rest(reader) == b""
        await gone(writer)


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async with serving(limits=ServerLimits(body_seconds=0.05)) as (double, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(double.url.rsplit(":", 1)[1]))
        head = (
            "POST /users/1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        writer.write(head.encode())
        assert await rest(reader) == b""
        await gone(writer)
