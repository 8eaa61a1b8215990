"""Bytes that are no text, and requests that are no HTTP: each is answered 4xx in the form of its API, and none fills the log."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest

from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.redaction import plain
from tests.server.serving import ACCOUNT, Platform, platform
from tests.server.test_connections import Client, port

MESSAGES = f"/api/v2/users/{ACCOUNT}/messages".encode()
CONTROL = b"/_mockbw/accounts"
BODY = b'{"from":"+19195550199","to":["+19195550100"],"text":"x","applicationId":"a"}'
NO_TEXT = [
    b"\xff",
    b"\xc3(",
    b"\xed\xa0\x80",
    b"caf\xe9",
    b"\xf0\x9f\x98\x80",
    b"\x7f",
    b"\x01",
    b"\t",
    b"%ff",
    b'"\\',
    b"",
    b"a" * 400,
]


def request(line: bytes, **headers: bytes) -> bytes:
    """Return a request with headers of these names, underscores for hyphens."""
    fields = {b"Host": b"127.0.0.1", b"Content-Type": b"application/json", b"Content-Length": b"%d" % len(BODY)}
    fields.update((name.replace("_", "-").encode(), value) for name, value in headers.items())
    return line + b"\r\n" + b"".join(b"%b: %b\r\n" % field for field in fields.items()) + b"\r\n" + BODY


async def answer(server: Platform, raw: bytes) -> tuple[int, Any]:
    """Return the status and JSON of the answer to bytes; the JSON is None where there is none."""
    client = await Client.at(port(server.double))
    client.writer.write(raw)
    head = await client.reader.readuntil(b"\r\n\r\n")
    length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await client.reader.readexactly(sum(length))
    client.close()
    return int(head.split(b" ")[1]), json.loads(body) if b"json" in head.lower() and body else None


PLATFORM = [
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Content_Type=b"application/\xff"), 415),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Accept=b"\xff"), 406),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Authorization=b"Basic \xff"), 401),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Authorization=b"Bearer caf\xe9"), 401),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Authorization=b"\xff"), 401),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Expect=b"\xff"), 400),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", X_Control=b"\x01"), 400),
    (request(b"POST " + MESSAGES + b" HTTP/1.1", Content_Length=b"many"), 400),
    (request(b"POST " + MESSAGES + b" HTTP/9.9"), 400),
    (request(b"POST " + MESSAGES + b"/\xff HTTP/1.1"), 400),
    (request(b"P\xffST " + MESSAGES + b" HTTP/1.1"), 400),
    (request(b"POST /api/v2/users/\xff/messages HTTP/1.1"), 400),
    (request(b"PUT " + MESSAGES[:-8] + b"media/a.png HTTP/1.1", Content_Type=b"image/\xff", Authorization=b"Basic dTpw"), 400),
    (request(b"GET " + MESSAGES[:-8] + b"media HTTP/1.1", Host=b"\xff", Authorization=b"Basic dTpw"), 400),
    (request(b"GET " + MESSAGES + b" HTTP/1.1", Host=b"a b", Authorization=b"Basic dTpw"), 400),
]


@pytest.mark.parametrize(("raw", "status"), PLATFORM, ids=[repr(raw[:90]) for raw, _ in PLATFORM])
async def test_the_platforms_api_refuses_in_its_own_form(raw, status, caplog):
    if status in (406, 415):
        raw = raw.replace(b"\r\nHost", b"\r\nAuthorization: Basic dTpw\r\nHost")
    async with platform("2026", AccountSettings(api_credentials=(Credentials("u", "p"),))) as server:
        given, body = await answer(server, raw)
        (record,) = server.account.records.requests or [None]
    assert given == status
    assert body.keys() >= {"type", "description"}
    assert record is None or (record.status, record.because) == (status, plain(record.because))
    assert "Traceback" not in caplog.text


async def test_an_older_edition_refuses_in_its_form_too(caplog):
    raw = request(b"POST " + MESSAGES + b" HTTP/1.1", X_Control=b"\x01")
    async with platform("2018-01") as server:
        status, body = await answer(server, raw)
    assert (status, body["type"]) == (400, "request-validation")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("raw", "status", "error"),
    [
        (request(b"GET " + CONTROL + b" HTTP/1.1", Origin=b"\xff"), 403, "a web page of another site (\ufffd) cannot use this"),
        (request(b"GET " + CONTROL + b" HTTP/1.1", Origin=b"http://[::1"), 403, "a web page of another site (http://[::1)"),
        (request(b"GET " + CONTROL + b" HTTP/1.1", Sec_Fetch_Site=b"\xff"), 403, "a web page of another site (\ufffd)"),
        (request(b"GET " + CONTROL + b" HTTP/1.1", Host=b"evil.\xff"), 403, "'evil."),
        (request(b"GET " + CONTROL + b" HTTP/1.1", Expect=b"\xff"), 417, "the request is not valid HTTP: the header Expect"),
        (
            request(b"GET " + CONTROL + b" HTTP/1.1", X_Control=b"\x7f"),
            400,
            "the request is not valid HTTP: Invalid header value",
        ),
        (request(b"GET " + CONTROL + b"/\xff HTTP/1.1"), 400, "the request is not valid HTTP: Invalid char in url path"),
        (request(b"GET " + CONTROL + b"?a=\xff HTTP/1.1"), 400, "the request is not valid HTTP: Invalid char in url query"),
        (request(b"GET " + CONTROL + b" HTTP/9.9"), 400, "the request is not valid HTTP: "),
        (request(b"GET " + CONTROL + b"/%ff/messages HTTP/1.1"), 404, "There is no account"),
    ],
)
async def test_the_control_api_refuses_in_its_own_form(raw, status, error, caplog):
    async with platform() as server:
        given, body = await answer(server, raw)
    assert (given, body["error"][: len(error)]) == (status, error)
    assert caplog.text == ""


async def test_what_is_no_http_is_remembered_where_it_names_an_account():
    async with platform() as server:
        server.account.reset()
        await answer(server, request(b"POST " + MESSAGES + b" HTTP/1.1", X_Control=b"\x01"))
        (entry,) = server.account.records.requests
        accounts = len(server.double.engine.accounts)
        await answer(server, request(b"POST /api/v2/users/made-up/messages HTTP/1.1", X_Control=b"\x01"))
        assert len(server.double.engine.accounts) == accounts
    assert (entry.method, entry.path.encode(), entry.status) == ("POST", MESSAGES, 400)
    assert entry.because.startswith("The request is not valid HTTP: Invalid header value char")


HEADERS = (
    "Accept Accept-Encoding Authorization Cache-Control Connection Content-Encoding Content-Length Content-Type Cookie Date "
    "Expect Host If-Match If-Modified-Since If-None-Match Keep-Alive Last-Event-ID Origin Range Referer Sec-Fetch-Mode "
    "Sec-Fetch-Site TE Transfer-Encoding Upgrade User-Agent X-Forwarded-For Continuation-Token"
)
METHODS = [
    b"GET",
    b"PUT",
    b"POST",
    b"DELETE",
    b"HEAD",
    b"OPTIONS",
    b"PURGE",
    b"get",
    b"\xff",
    b"G\xffT",
    b"A" * 300,
    b"\x16\x03\x01",
]
PATHS = [
    *(
        b"/api/v2/users/9900000/" + rest
        for rest in (b"messages", b"media", b"media/a.png", b"messages/multiChannel", b"%ff", b"a%00b")
    ),
    *(
        b"/_mockbw/" + rest
        for rest in (b"readyz", b"accounts", b"accounts/9900000/settings", b"accounts/9900000/inbound", b"%ff", b"x")
    ),
    *(
        b"/api/v1/oauth2/token",
        b"/v1/users/9900000/media/a.png",
        b"/",
        b"/ui/page.css",
        b"/nowhere",
        b"*",
        b"//",
        b"x:1",
        b"/%zz",
    ),
]


def drawn(random: Random) -> bytes:
    """Return a request with a few bytes that are no text where text belongs."""
    names = HEADERS.split()
    value = random.choice((b"", b"application/", b"Basic ", b"Bearer ", b"http://", b"http://[::1")) + random.choice(NO_TEXT)
    path = random.choice(PATHS)
    if random.random() < 0.3:
        path += random.choice((b"/", b"?", b"?a=", b"#")) + random.choice(NO_TEXT)
    line = b" ".join(
        (random.choice(METHODS), path, random.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"\xff", b"")))
    )
    return request(line, **{random.choice(names): value for _ in range(random.randint(0, 2))})


@pytest.mark.parametrize("edition", ["2018-01", "2026"])
async def test_no_bytes_end_in_a_500_or_in_a_traceback(edition, caplog):
    random = Random(edition)
    statuses = set()
    async with platform(edition) as server:
        for _ in range(400):
            raw = drawn(random)
            client = await Client.at(port(server.double))
            client.writer.write(raw)
            head = await client.reader.readline()
            client.close()
            assert re.fullmatch(rb"HTTP/[12]\.[01] (?!500|502)[2345]\d\d .*\r\n", head), (raw, head)
            statuses.add(head[9:10])
    assert statuses >= {b"2", b"4"}
    assert not [record for record in caplog.records if record.exc_info]
