"""What is kept of refused requests: enough to see what was wrong, no secret, and not without end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mockbw.core.state import CONTENTS_KEPT
from tests.server.bench import ACCOUNT, Bench, serving

REQUESTS = f"accounts/{ACCOUNT}/requests"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with serving(edition="2026") as running:
        yield running


async def refused(bench: Bench, body: bytes, path: str = "messages", **headers: str) -> Any:
    """Make a request that is refused, and return what the control API shows of it."""
    url = f"{bench.double.base_url}/users/{ACCOUNT}/{path}"
    given = {"Content-Type": "application/json", "Authorization": "Basic dXNlcjpzZWNyZXQ=", "X-Api-Key": "hush", **headers}
    async with bench.session.post(url, data=body, headers=given) as response:
        assert response.status >= 400
        answered = await response.text()
    newest = (await bench.get(REQUESTS, refused="true", limit=1))["requests"][0]
    shown = await bench.get(f"{REQUESTS}/{newest['number']}")
    assert {name: value for name, value in shown.items() if name != "contents"} == newest
    assert shown["contents"]["answer"] == answered
    return shown


@pytest.mark.parametrize("body", [b'{"to": 7}', b"{not json", b'{"to": ["+19195550100"], "from": "x"}'])
async def test_a_refused_request_shows_its_headers_its_body_and_its_answer_without_the_secrets(bench: Bench, body: bytes) -> None:
    shown = await refused(bench, body, Cookie="session=hush")
    contents = shown["contents"]
    assert contents["body"] == body.decode()
    sent = {name.lower(): value for name, value in contents["headers"]}
    assert (sent["content-type"], sent["authorization"], sent["x-api-key"], sent["cookie"]) == (
        "application/json",
        "Basic …",
        "…",
        "…",
    )
    assert dict(contents["answer_headers"])["Content-Type"] == "application/json; charset=utf-8"
    stored = " ".join(str(stamped.entry) for stamped in bench.double.journal.read())
    assert "hush" not in stored
    assert "dXNlcjpzZWNyZXQ=" not in stored


async def test_a_request_that_was_refused_before_its_body_was_read_shows_it_all_the_same(bench: Bench) -> None:
    shown = await refused(bench, b"to=+19195550100", **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (shown["status"], shown["contents"]["body"]) == (415, "to=+19195550100")


async def test_of_long_bodies_and_many_requests_only_so_much_is_kept(bench: Bench) -> None:
    first = await refused(bench, b"{" + b"x" * 9_000)
    assert len(first["contents"]["body"]) == 4096
    for _ in range(CONTENTS_KEPT):
        await refused(bench, b"{")
    assert (await bench.get(f"{REQUESTS}/{first['number']}"))["contents"] is None
    assert (await bench.get(f"{REQUESTS}/{first['number'] + 1}"))["contents"]["body"] == "{"


async def test_accepted_requests_are_numbered_too_and_an_unknown_number_is_404(bench: Bench) -> None:
    posted = await bench.post()
    shown = await bench.get(f"{REQUESTS}/1")
    assert (shown["message"], shown["contents"]) == (posted, None)
    for name in ("0", "2", "-1", "x", "²"):
        assert (await bench.call("GET", f"{REQUESTS}/{name}")).status == 404
