"""Long lists: pages, counts, a page that begins anywhere, and ranges of time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import draft

MESSAGES = f"accounts/{ACCOUNT}/messages"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with serving(edition="2026") as running:
        yield running


async def test_a_list_counts_what_matches_only_when_it_is_asked_to(bench: Bench) -> None:
    account = bench.double.account(ACCOUNT)
    for number in range(4_100):
        account.submit(draft(text="even" if number % 2 == 0 else "odd"))
    page = await bench.get(MESSAGES, text="even", limit=10, count="true")
    assert (len(page["messages"]), page["matching"], page["newer"], page["total"]) == (10, 2050, 0, 4100)
    following = await bench.get(MESSAGES, text="even", limit=10, count="true", before=page["next"])
    assert (following["matching"], following["newer"]) == (2050, 10)
    assert following["messages"][0]["id"] not in {message["id"] for message in page["messages"]}
    uncounted = await bench.get(MESSAGES, text="even", limit=10)
    assert (uncounted["matching"], uncounted["newer"], uncounted["next"]) == (None, None, page["next"])


async def test_a_page_begins_at_the_message_that_is_named_and_says_how_many_are_newer(bench: Bench) -> None:
    posted = [await bench.post(text=f"number {number}") for number in range(5)]
    page = await bench.get(MESSAGES, start=posted[2], limit=2, count="true")
    assert [message["text"] for message in page["messages"]] == ["number 2", "number 1"]
    assert (page["newer"], page["matching"], page["next"]) == (2, 5, posted[1])
    gone = await bench.get(MESSAGES, start="nobody", count="true")
    assert (gone["messages"], gone["newer"], gone["next"]) == ([], 5, None)


async def test_a_range_of_time_takes_its_first_instant_and_not_its_last(bench: Bench) -> None:
    for hour in range(3):
        await bench.post(text=f"at {16 + hour}")
        await bench.double.account(ACCOUNT).advance(3_600_000)
    found = await bench.get(MESSAGES, since="2018-01-24T17:00:00Z", until="2018-01-24T18:00:00Z")
    assert [message["text"] for message in found["messages"]] == ["at 17"]
    answer = await bench.call("GET", MESSAGES, params={"since": "yesterday"})
    assert answer.status == 422
    assert answer.json["problems"][0]["field"] == "since"


async def test_the_other_members_of_a_group_have_what_one_of_them_answers_to_all(bench: Bench) -> None:
    await bench.post(["+19195550101", "+19195550102"], "The kitchen closes at ten")
    body = {"from": "+19195550101", "to": ["+19195550199", "+19195550102"], "text": "Until then!"}
    await bench.call("POST", f"accounts/{ACCOUNT}/inbound", json=body)
    seen = await bench.get(MESSAGES, owner="+19195550199", handset="+19195550102")
    assert [message["text"] for message in seen["messages"]] == ["Until then!", "The kitchen closes at ten"]
    talks = (await bench.get(f"accounts/{ACCOUNT}/conversations"))["conversations"]
    assert [(talk["handset"], talk["last"]["text"]) for talk in talks] == [
        ("+19195550101", "Until then!"),
        ("+19195550102", "Until then!"),
    ]
