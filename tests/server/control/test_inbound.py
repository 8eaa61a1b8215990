"""The control API's hand on messages and callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from mockbw.core.model import Credentials
from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

HOME = f"accounts/{ACCOUNT}"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def test_a_handset_writes_and_the_application_is_told(bench: Bench, endpoint: Endpoint) -> None:
    await bench.post()
    answer = await bench.call("POST", f"{HOME}/inbound", json={"from": RECIPIENT, "to": SENDER, "text": "STOP"})
    assert answer.status == 201
    (received,) = answer.json["messages"]
    assert (received["direction"], received["from"], received["to"], received["text"], received["status"]) == (
        "in",
        RECIPIENT,
        [SENDER],
        "STOP",
        "received",
    )
    await bench.double.account(ACCOUNT).advance(0)
    assert (endpoint.types, endpoint.events[0]["message"]["text"]) == (["message-received"], "STOP")
    assert endpoint.events[0]["message"]["applicationId"] == APPLICATION


async def test_a_number_that_is_not_the_accounts_gets_nothing_and_the_answer_says_so(bench: Bench) -> None:
    settings = {"strict": True, "numbers": {SENDER: APPLICATION}}
    await bench.call("PUT", f"{HOME}/settings", json=settings)
    answer = await bench.call("POST", f"{HOME}/inbound", json={"from": RECIPIENT, "to": ["+19195550111"], "text": "hi"})
    assert (answer.status, answer.json["error"]) == (422, f"none of +19195550111 is a number of account {ACCOUNT}")
    assert answer.json["hint"] == f"It has {SENDER}"


async def test_a_handset_answers_who_wrote_to_it_last(bench: Bench) -> None:
    await bench.post()
    await bench.post(**{"from": "+19195550177"})
    answer = await bench.call("POST", f"{HOME}/inbound", json={"from": RECIPIENT, "text": "who is this?"})
    assert answer.json["messages"][0]["to"] == ["+19195550177"]
    answer = await bench.call("POST", f"{HOME}/inbound", json={"from": "+19195550111", "text": "hello?"})
    assert (answer.status, answer.json["error"]) == (422, "no number has written to +19195550111 yet")


async def test_a_handset_sends_a_picture_that_can_be_fetched(bench: Bench) -> None:
    body = {"from": RECIPIENT, "to": SENDER, "media": "cat.png"}
    (received,) = (await bench.call("POST", f"{HOME}/inbound", json=body)).json["messages"]
    assert received["kind"] == "mms"
    async with bench.session.get(received["media"][0]) as response:
        assert (response.status, response.content_type) == (200, "image/png")


async def test_a_number_that_is_none_is_422(bench: Bench) -> None:
    answer = await bench.call("POST", f"{HOME}/inbound", json={"from": "me", "to": SENDER})
    assert (answer.status, answer.json["problems"][0]["field"]) == (422, "from")
    assert answer.json["error"] == "'me' is not a phone number: write it as +19195550100, or a short code as 12345"


async def test_a_redelivery_is_one_extra_attempt(bench: Bench, endpoint: Endpoint) -> None:
    await bench.post()
    await bench.double.account(ACCOUNT).settle()
    answer = await bench.call("POST", f"{HOME}/callbacks/cb-1/redeliver")
    assert answer.status == 202
    await bench.double.account(ACCOUNT).settle()
    callback = await bench.get(f"{HOME}/callbacks/cb-1")
    assert [(attempt["number"], attempt["by_hand"]) for attempt in callback["attempts"]] == [(1, False), (2, True)]
    assert endpoint.types == ["message-sent", "message-delivered", "message-sent"]
    assert endpoint.bodies[0] == endpoint.bodies[2]


async def test_a_cancelled_callback_is_attempted_no_more(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.always = 503
    await bench.post()
    await bench.double.account(ACCOUNT).step(1)
    answer = await bench.call("POST", f"{HOME}/callbacks/cb-1/cancel")
    assert (answer.status, answer.json["status"], answer.json["next_due"], answer.json["to_come"]) == (200, "cancelled", None, [])
    await bench.double.account(ACCOUNT).settle()
    assert endpoint.types.count("message-sent") == 1


async def test_a_cancelled_message_has_nothing_more_to_come(bench: Bench, endpoint: Endpoint) -> None:
    posted = await bench.post()
    answer = await bench.call("POST", f"{HOME}/messages/{posted}/cancel")
    assert (answer.status, answer.json["status"], answer.json["cancelled"], answer.json["steps_to_come"]) == (
        200,
        "cancelled",
        True,
        [],
    )
    await bench.double.account(ACCOUNT).settle()
    assert endpoint.bodies == []


@pytest.mark.parametrize("path", ["messages/none/cancel", "callbacks/cb-9/cancel", "callbacks/cb-9/redeliver"])
async def test_what_is_not_there_is_404(bench: Bench, path: str) -> None:
    await bench.post()
    assert (await bench.call("POST", f"{HOME}/{path}")).status == 404


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_a_handset_sends_a_file_that_was_put_there_and_nobody_needs_the_applications_password(edition: str) -> None:
    async with serving(edition=edition, credentials=(Credentials("user", "password"),)) as bench:
        put = await bench.call("PUT", f"{HOME}/media/my%20cat.png", data=b"meow", headers={"Content-Type": "image/png"})
        assert (put.status, put.json) == (201, {"name": "my cat.png"})
        body = {"from": RECIPIENT, "to": SENDER, "media": put.json["name"]}
        (received,) = (await bench.call("POST", f"{HOME}/inbound", json=body)).json["messages"]
        shown = await bench.call("GET", f"{HOME}/messages/{received['id']}/media/0")
        assert (shown.status, shown.text, shown.headers["Content-Type"]) == (200, "meow", "image/png")
        assert shown.headers["Content-Security-Policy"] == "sandbox"
        assert (await bench.get(f"{HOME}/requests"))["requests"] == []


async def test_what_is_not_in_the_store_is_not_fetched_from_elsewhere(bench: Bench) -> None:
    body = {"from": RECIPIENT, "to": SENDER, "media": "https://example.com/cat.png"}
    (received,) = (await bench.call("POST", f"{HOME}/inbound", json=body)).json["messages"]
    answer = await bench.call("GET", f"{HOME}/messages/{received['id']}/media/0")
    error = f"https://example.com/cat.png is not in the media store of account {ACCOUNT}."
    assert (answer.status, answer.json["error"]) == (404, error)
    for index in ("1", "-1", "one", "9" * 5000):
        answer = await bench.call("GET", f"{HOME}/messages/{received['id']}/media/{index}")
        assert (answer.status, answer.json["hint"]) == (404, "The message has 1, counted from 0")


async def test_a_file_over_the_limit_or_with_a_slash_in_its_name_is_refused(bench: Bench) -> None:
    large = await bench.call("PUT", f"{HOME}/media/large.png", data=BytesIO(bytes(65_000_001)))
    assert (large.status, large.json["error"].startswith("the file is larger than")) == (413, True)
    slash = await bench.call("PUT", f"{HOME}/media/a%2Fb.png", data=b"x")
    assert (slash.status, slash.json["error"]) == (422, "'a/b.png' is not a valid name for a file")


async def test_an_own_number_that_is_named_twice_gets_the_message_once(bench: Bench) -> None:
    await bench.post()
    body = {"from": RECIPIENT, "to": [SENDER, SENDER], "text": "twice"}
    assert len((await bench.call("POST", f"{HOME}/inbound", json=body)).json["messages"]) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_root_of_the_control_api_is_no_path_of_it(bench: Bench, method: str) -> None:
    async with bench.session.request(method, f"{bench.double.url}/_mockbw") as response:
        assert response.status == 404
        assert "There is no path" in (await response.json())["error"]


async def test_what_the_network_answers_is_listed_by_number(bench: Bench) -> None:
    for own in ("+18885550199", "+18775550199"):
        await bench.call("POST", f"{HOME}/inbound", json={"from": RECIPIENT, "to": own, "text": "STOP"})
    replies = (await bench.get(f"{HOME}/network-replies", own="+18885550199", handset=RECIPIENT))["replies"]
    assert [(reply["from"], reply["to"]) for reply in replies] == [("+18885550199", RECIPIENT)]
    assert "blocks all texts sent from this number" in replies[0]["text"]
    assert [reply["from"] for reply in (await bench.get(f"{HOME}/network-replies"))["replies"]] == [
        "+18775550199",
        "+18885550199",
    ]
    assert (await bench.get(f"{HOME}/network-replies", handset="+19195550999"))["replies"] == []
