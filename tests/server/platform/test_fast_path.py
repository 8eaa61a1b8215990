"""The short way in for messages: nobody can tell it from the long one."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from mockbw.config.settings import NamedAccount, ServerLimits
from mockbw.core.entries import RequestAnswered
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from tests.server.serving import ACCOUNT, WHOLE, Platform, platform

SHORT = f"/api/v2/users/{ACCOUNT}/messages"
LONG = f"{SHORT}?long"
BODY = json.dumps(WHOLE).encode()
CHUNKED = (
    f"POST {SHORT} HTTP/1.1\r\nHost: mockbw\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)


def written(path: str = SHORT, body: bytes = BODY, version: str = "1.1", **headers: str) -> bytes:
    """Return the bytes of a request."""
    whole = {"Host": "mockbw", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in whole.items())
    return f"POST {path} HTTP/{version}\r\n{lines}\r\n".encode() + body


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, str], bytes]:
    """Return status line, headers and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return status.encode(), headers, await reader.readexactly(int(headers.get("Content-Length", 0)))


async def exchange(server: Platform, *parts: bytes) -> tuple[bytes, dict[str, str], bytes]:
    """Send a request in parts, each a packet of its own, and return the answer."""
    host, _, port = server.double.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(5):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await server.request("GET", "/_mockbw/readyz")  # the server has seen it
        answer = await read_answer(reader)
    writer.close()
    return answer


def plain(answer: tuple[bytes, dict[str, str], bytes]) -> tuple[bytes, dict[str, str], bytes]:
    """Return an answer without what differs from one to the next of its kind: the message's id, and the time of day."""
    status, headers, body = answer
    kept = {name: value for name, value in headers.items() if name != "Date"}
    return status, kept, re.sub(rb'"id":"\w{29}"', b'"id":"?"', body)


@pytest.mark.parametrize(
    "request_to",
    [
        lambda path: written(path),
        lambda path: written(path, body=b"{"),
        lambda path: written(path, body=b""),
        lambda path: written(path, body=b"[]"),
        lambda path: written(path, body=json.dumps({**WHOLE, "to": ["+invalid"]}).encode()),
        lambda path: written(path, body=b'"' + b"x" * 600_000 + b'"'),
        lambda path: written(path, Content_Type="text/plain"),
        lambda path: written(path, Content_Type="application/json; charset=utf-8"),
        lambda path: written(path, Accept="text/html"),
        lambda path: written(path, Accept="application/*"),
        lambda path: written(path, Authorization="Basic bm9ib2R5Om5v"),
        lambda path: written(path, Authorization="Bearer nobody"),
        lambda path: written(path.replace(ACCOUNT, "unlisted")),
        lambda path: written(path, Connection="close"),
        lambda path: written(path, version="1.0"),
        lambda path: written(path, version="1.0", Connection="keep-alive"),
    ],
)
async def test_both_ways_answer_the_same(request_to):
    barred = AccountSettings(barred_credentials=(Credentials("nobody", "no"),))
    async with platform(accounts={ACCOUNT: NamedAccount(barred)}, limits=ServerLimits(body=500_000)) as server:
        short, long = [plain(await exchange(server, request_to(path))) for path in (SHORT, LONG)]
    if b"/messages" in short[2]:  # an answer that names the path names it without the query
        assert b"?long" not in long[2]
    assert short == long


@pytest.mark.parametrize(
    "parts",
    [
        (written(LONG),),
        (written(SHORT.replace("users", "%75sers")),),
        (written(SHORT.replace(ACCOUNT, "%39900000")),),
        (written()[:-10], written()[-10:]),
        (CHUNKED,),
    ],
    ids=["query", "escaped path", "escaped account", "in two packets", "chunked"],
)
async def test_whatever_is_not_plain_is_taken_all_the_same(parts):
    async with platform() as server:
        status, _, body = await exchange(server, *parts)
        assert status == b"HTTP/1.1 202 Accepted"
        assert list(server.account.records.messages) == [json.loads(body)["id"]]


async def test_a_client_that_asks_whether_to_go_on_is_told_so():
    async with platform() as server:
        request = written(Expect="100-continue")
        status, _, _ = await exchange(server, request)
        assert status == b"HTTP/1.1 100 Continue"


async def test_requests_in_a_row_on_one_connection_are_answered_in_their_order():
    async with platform() as server:
        host, _, port = server.double.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        texts = [f"number {number}" for number in range(20)]
        writer.write(b"".join(written(body=json.dumps({**WHOLE, "text": text}).encode()) for text in texts))
        async with asyncio.timeout(5):
            answers = [await read_answer(reader) for _ in texts]
        writer.close()
    assert [json.loads(body)["text"] for _, _, body in answers] == texts


@pytest.mark.parametrize("path", [SHORT, LONG])
async def test_a_client_that_goes_before_its_answer_is_remembered_and_its_message_goes_its_way(path):
    async with platform() as server:
        server.account.set_scenarios(load_text("name: late\nresponse: {delay: 100ms}\ntimeline: [callback: message-sent]"))
        host, _, port = server.double.url.removeprefix("http://").partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(written(path))
        journal = server.double.journal
        async with asyncio.timeout(5):
            await journal.changed(0)
            writer.close()
            await journal.changed(1)
        accepted, request = (stamped.entry for stamped in journal.read(up_to=2))
        assert (request.status, request.because) == (0, "the client disconnected before it was answered")
        assert server.account.records.messages[accepted.message.id].answered is not None
        assert server.account.clock.holds == ()


async def test_the_request_is_in_the_journal_when_it_was_answered():
    async with platform() as server:
        _, _, body = await exchange(server, written())
        (request,) = [stamped.entry for stamped in server.double.journal.read() if isinstance(stamped.entry, RequestAnswered)]
    assert request == RequestAnswered(request.time, "POST", SHORT, 202, json.loads(body)["id"])
