"""The control API's questions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

CALLBACKS = f"accounts/{ACCOUNT}/callbacks"
MESSAGES = f"accounts/{ACCOUNT}/messages"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def test_a_message_is_listed_with_what_was_posted_and_how_far_it_got(bench: Bench) -> None:
    posted = await bench.post(tag="reminder")
    page = await bench.get(MESSAGES)
    assert page == {
        "messages": [
            {
                "id": posted,
                "direction": "out",
                "kind": "sms",
                "time": "2018-01-24T16:00:00.000Z",
                "from": SENDER,
                "to": [RECIPIENT],
                "owner": SENDER,
                "application": APPLICATION,
                "text": "Your table is ready",
                "media": [],
                "tag": "reminder",
                "priority": None,
                "expiration": None,
                "segments": 1,
                "status": "accepted",
                "error": None,
                "scenario": None,
                "cancelled": False,
                "recipients": [{"number": RECIPIENT, "status": "accepted", "error": None}],
                "callbacks": {"waiting": 0, "attempting": 0, "delivered": 0, "expired": 0, "cancelled": 0},
            }
        ],
        "next": None,
        "total": 1,
        "matching": None,
        "newer": None,
    }


async def test_messages_come_newest_first_in_pages_that_join_without_gap_or_overlap(bench: Bench) -> None:
    posted = [await bench.post(text=f"number {count}") for count in range(5)]
    first = await bench.get(MESSAGES, limit=2)
    second = await bench.get(MESSAGES, limit=2, before=first["next"])
    third = await bench.get(MESSAGES, limit=2, before=second["next"])
    listed = [message["id"] for page in (first, second, third) for message in page["messages"]]
    assert listed == posted[::-1]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"to": "+19195550101"}, ["two"]),
        ({"to": " 19195550101"}, ["two"]),
        ({"to": "+1919555010*"}, ["two", "one"]),
        ({"to": "/0101$/"}, ["two"]),
        ({"text": "o?e"}, ["one"]),
        ({"q": "TWO"}, ["two"]),
        ({"q": "0101"}, ["two"]),
        ({"kind": "mms"}, []),
        ({"status": "accepted,failed"}, ["two", "one"]),
        ({"status": "delivered"}, []),
        ({"direction": "in"}, []),
        ({"scenario": ""}, ["two", "one"]),
        ({"handset": "+19195550100", "owner": SENDER}, ["one"]),
    ],
)
async def test_messages_are_filtered(bench: Bench, wanted: dict[str, str], found: list[str]) -> None:
    await bench.post("+19195550100", "one")
    await bench.post("+19195550101", "two")
    page = await bench.get(MESSAGES, **wanted)
    assert [message["text"] for message in page["messages"]] == found


async def test_a_message_that_failed_tells_its_whole_story(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.answers = [200, 503]
    bench.double.account(ACCOUNT)
    posted = await bench.post("+19195550100")
    before = await bench.get(f"{MESSAGES}/{posted}")
    assert [(step["event"], step["recipient"]) for step in before["steps_to_come"]] == [
        ("message-sent", RECIPIENT),
        ("message-delivered", RECIPIENT),
    ]
    assert before["plan"] == {"scenario": None, "near_misses": [], "answer_status": None}
    await bench.double.account(ACCOUNT).step(2)
    after = await bench.get(f"{MESSAGES}/{posted}")
    assert after["steps_to_come"] == []
    assert after["status"] == "delivered"
    assert after["callbacks"] == {"waiting": 1, "attempting": 0, "delivered": 1, "expired": 0, "cancelled": 0}
    answered, waiting = after["callback_details"]
    assert [attempt["outcome"]["status"] for attempt in answered["attempts"]] == [200]
    assert answered["body"].encode() == endpoint.bodies[0]
    assert [attempt["outcome"]["status"] for attempt in waiting["attempts"]] == [503]
    assert len(waiting["to_come"]) == 29
    assert waiting["to_come"][0] == waiting["next_due"]
    assert [entry["type"] for entry in after["history"]] == [
        "message-accepted",
        "request-answered",
        "callback-created",
        "attempt-scheduled",
        "attempt-started",
        "attempt-finished",
        "callback-delivered",
        "callback-created",
        "attempt-scheduled",
        "attempt-started",
        "attempt-finished",
        "attempt-scheduled",
    ]


async def test_callbacks_are_filtered_by_type_status_and_message(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.answers = [503]
    first = await bench.post()
    await bench.double.account(ACCOUNT).step(2)
    await bench.post()
    await bench.double.account(ACCOUNT).step(1)

    async def found(**wanted: str) -> list[str]:
        return [callback["id"] for callback in (await bench.get(CALLBACKS, **wanted))["callbacks"]]

    assert await found() == ["cb-3", "cb-2", "cb-1"]
    assert await found(status="waiting") == ["cb-1"]
    assert await found(type="message-delivered") == ["cb-2"]
    assert await found(message=first, type="message-*") == ["cb-2", "cb-1"]
    assert await found(url="*/elsewhere") == []
    assert (await bench.get(f"{CALLBACKS}/cb-1"))["last_attempt"]["outcome"]["status"] == 503


async def test_a_password_in_a_callback_url_is_not_shown(endpoint: Endpoint) -> None:
    async with serving() as bench:
        account = bench.double.account(ACCOUNT)
        # No door takes such a URL; a journal of an older version may have one.
        account.configure(replace(account.settings, callback_url=endpoint.url.replace("//", "//user:geheim@")))
        posted = await bench.post()
        await bench.double.account(ACCOUNT).step(1)
        for path in ("accounts", f"{MESSAGES}/{posted}", CALLBACKS, f"{CALLBACKS}/cb-1"):
            answer = await bench.call("GET", path)
            assert answer.status == 200
            assert "geheim" not in answer.text


async def test_requests_are_listed_with_the_reason_for_a_refusal(bench: Bench) -> None:
    await bench.post()
    async with bench.session.post(f"{bench.double.base_url}/users/{ACCOUNT}/messages", json={}) as response:
        assert response.status == 400
    listed = (await bench.get(f"accounts/{ACCOUNT}/requests"))["requests"]
    assert [request["status"] for request in listed] == [400, 202]
    assert "'from' must contain exactly one telephone number" in listed[0]["because"]
    assert [r["status"] for r in (await bench.get(f"accounts/{ACCOUNT}/requests", refused="true"))["requests"]] == [400]


async def test_conversations_are_one_for_each_handset_by_their_last_message(bench: Bench) -> None:
    await bench.post("+19195550100", "first")
    await bench.post("+19195550101", "other")
    await bench.post("+19195550100", "second")
    listed = (await bench.get(f"accounts/{ACCOUNT}/conversations"))["conversations"]
    assert [(entry["own"], entry["handset"], entry["last"]["text"]) for entry in listed] == [
        (SENDER, "+19195550100", "second"),
        (SENDER, "+19195550101", "other"),
    ]


async def test_the_clock_says_what_is_due_and_what_holds_it(bench: Bench) -> None:
    account = bench.double.account(ACCOUNT)
    await bench.post()
    account.hold("breakfast")
    clock = await bench.get(f"accounts/{ACCOUNT}/clock")
    assert clock["mode"] == "manual"
    assert clock["now"] == "2018-01-24T16:00:00.000Z"
    assert clock["next_deadline"] > clock["now"]
    assert clock["holds"] == [{"name": "breakfast", "by_hand": True}]
    assert clock["idle"] is False


async def test_an_unknown_account_is_404_and_names_the_nearest(bench: Bench) -> None:
    await bench.post()
    answer = await bench.call("GET", "accounts/9900001/messages")
    assert (answer.status, answer.json["error"], answer.json["hint"]) == (
        404,
        "There is no account '9900001'.",
        "Did you mean '9900000'?",
    )


async def test_an_unknown_id_is_404_and_says_where_the_ids_are(bench: Bench) -> None:
    await bench.post()
    answer = await bench.call("GET", f"{MESSAGES}/nobody")
    assert (answer.status, answer.json["error"]) == (404, "There is no message 'nobody'.")
    assert answer.json["hint"] == f"The messages of account {ACCOUNT} are at {MESSAGES}"


@pytest.mark.parametrize(
    ("query", "field", "error"),
    [
        ("limit=0", "limit", "'limit' must be greater than or equal to 1"),
        ("direction=up", "direction", "'direction' must be 'out' or 'in', not 'up'"),
        ("staus=sent", "staus", "unknown key 'staus'"),
        ("text=/(/", "text", "/(/ is not a valid regular expression: missing ), unterminated subpattern at position 0"),
        ("to=1&to=2", "to", "the parameter 'to' is given 2 times"),
    ],
)
async def test_a_wrong_parameter_is_422_and_named(bench: Bench, query: str, field: str, error: str) -> None:
    await bench.post()
    answer = await bench.call("GET", f"{MESSAGES}?{query}")
    assert (answer.status, answer.json["error"], answer.json["problems"][0]["field"]) == (422, error, field)


async def test_a_path_nobody_serves_is_404_with_the_nearest_one(bench: Bench) -> None:
    answer = await bench.call("GET", "acounts")
    assert (answer.status, answer.json["hint"]) == (404, "Did you mean accounts?")


async def test_a_method_nobody_serves_is_405_and_says_which_are(bench: Bench) -> None:
    answer = await bench.call("PATCH", "version")
    assert (answer.status, answer.json["hint"], answer.headers["Allow"]) == (405, "It supports GET", "GET")


async def test_every_route_is_in_the_openapi_document(bench: Bench) -> None:
    document = await bench.get("openapi.json")
    assert document["openapi"] == "3.1.0"
    messages = document["paths"]["/_mockbw/accounts/{account}/messages"]["get"]
    assert messages["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/MessagePage"}
    assert {"account", "to", "from", "status", "limit", "before"} <= {entry["name"] for entry in messages["parameters"]}
