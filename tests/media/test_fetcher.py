"""Media that are fetched from hosts that do not stop."""

from __future__ import annotations

import pytest

from mockbw.media.fetcher import MediaFaultError, MediaFetcher
from tests.delivery.test_answers import IN_BETWEEN, OK, torrent

PNG = b"Content-Type: image/png\r\n"
CHUNKED = OK + PNG + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "piece", "code"),
    [
        (OK + PNG + b"\r\n", b"x" * 1000, 4411),
        (CHUNKED, b"1;" + b"e" * 200 + b"\r\nx\r\n", 4411),
        (CHUNKED + b"2\r\nok\r\n0\r\n", b"X-Trailer: " + b"t" * 100 + b"\r\n", 4410),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 4411),
        (OK + PNG, b"X-Header: " + b"h" * 100 + b"\r\n", 4410),
    ],
    ids=["body", "small chunks", "trailers", "hints", "headers"],
)
async def test_an_answer_without_end_is_cut(start, piece, code):
    async with torrent(start, piece) as peer:
        with pytest.raises(MediaFaultError) as caught:
            await MediaFetcher().size(peer.url, 1_000_000)
        await peer.ended.wait()
    assert caught.value.code == code
    assert peer.written < IN_BETWEEN


async def test_what_cannot_be_fetched_is_named_without_its_secrets():
    with pytest.raises(MediaFaultError) as caught:
        await MediaFetcher().size("http://user:canary@127.0.0.1:1/a.png?sig=canary", 100)
    assert "http://…@127.0.0.1:1/a.png?sig=… cannot be fetched: " in str(caught.value)
    assert "canary" not in str(caught.value)
