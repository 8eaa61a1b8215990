"""What a scenario can do to the answer of the API and to callbacks, as a real client and a real endpoint see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from mockbw.core.entries import AttemptStarted
from mockbw.core.model import Application
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from tests.server.serving import Platform, platform
from tests.support import APPLICATION, RECIPIENT, Endpoint

HOUR = 3_600_000
MINUTE = 60_000


@asynccontextmanager
async def scripted(scenario: str, endpoint: Endpoint | None = None, edition: str = "2018-01") -> AsyncIterator[Platform]:
    """Run a server with scenarios and, if there is an endpoint, callbacks that go to it."""
    async with platform(edition, callback_url=endpoint.url if endpoint else None) as server:
        server.account.set_scenarios(load_text(scenario))
        yield server


async def post_and_settle(scenario: str, endpoint: Endpoint, **message: object) -> None:
    """Post one message and play it to its end."""
    async with scripted(scenario, endpoint) as server:
        assert (await server.post(**message)).status == 202
        await server.account.settle()


# -- the answer to the create request ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 415, 418, 429, 500, 503])
async def test_a_scripted_status_has_the_editions_own_body_and_takes_no_message(status):
    async with scripted(f"response: {{status: {status}}}", edition="2023") as server:
        answer = await server.post()
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert {"type", "description"} <= answer.json.keys() or {"status", "error", "message"} <= answer.json.keys()
        assert server.account.records.messages == {}


async def test_a_scripted_429_has_the_platforms_own_text():
    async with scripted("response: {status: 429}") as server:
        assert (await server.post()).json["type"] == "max-message-queue-size-exceeded"


async def test_a_scripted_body_and_headers_replace_the_platforms_own():
    response = "response: {status: 503, body: {oops: [1, null, true]}, headers: {Retry-After: 300, Content-Type: text/plain}}"
    async with scripted(response) as server:
        answer = await server.post()
    assert answer.json == {"oops": [1, None, True]}
    assert answer.headers["Retry-After"] == "300"
    assert answer.headers["Content-Type"] == "text/plain"


async def test_an_error_may_be_answered_although_the_message_was_taken(endpoint):
    async with scripted("response: {status: 500, taken: true}", endpoint) as server:
        assert (await server.post()).status == 500
        await server.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_after_so_many_times_the_platform_answers_as_usual():
    async with scripted("times: 2\nresponse: {status: 500}") as server:
        assert [(await server.post()).status for _ in range(4)] == [500, 500, 202, 202]


@pytest.mark.parametrize(("taken", "events"), [("false", []), ("true", ["message-sent", "message-delivered"])])
async def test_a_reset_connection_tells_the_client_nothing_of_what_became_of_the_message(endpoint, taken, events):
    async with scripted(f"response: {{connection: reset, taken: {taken}}}", endpoint) as server:
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await server.post()
        await server.account.settle()
    assert endpoint.types == events


async def test_a_truncated_answer_breaks_off_in_the_middle_of_the_message(endpoint):
    async with scripted("response: {connection: truncated, taken: true}", endpoint) as server:
        with pytest.raises(aiohttp.ClientPayloadError):
            await server.post()
        await server.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]


@pytest.mark.parametrize("response", ["{connection: silent}", "{delay: 1h}"])
async def test_an_answer_that_does_not_come_leaves_the_client_to_its_own_time_out(response):
    async with scripted(f"times: 1\nresponse: {response}") as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await server.post()
        assert (await server.post()).status == 202, "the server goes on"


async def test_callbacks_do_not_wait_for_an_answer_that_never_comes(endpoint):
    async with scripted("response: {connection: silent, taken: true}", endpoint) as server:
        posting = asyncio.create_task(server.post())
        while not server.account.records.messages:
            await server.account.changed()
        await server.account.settle()
        assert endpoint.types == ["message-sent", "message-delivered"]
        posting.cancel()


async def test_a_late_answer_still_is_the_platforms_own():
    async with scripted("response: {delay: 10ms}") as server:
        answer = await server.post()
    assert (answer.status, answer.json["to"]) == (202, [RECIPIENT])


# -- outages -----------------------------------------------------------------------------------------------------------------


async def test_during_an_outage_everything_is_refused_and_after_it_all_is_well(endpoint):
    async with scripted("times: 1\ntimeline: [{outage: 10m, at: 1m}, {outcome: delivered, after: 5m}]", endpoint) as server:
        assert (await server.post()).status == 202
        await server.account.advance(1 * MINUTE)
        down = await server.post()
        assert (down.status, (await server.request("GET", "messages")).status) == (503, 503)
        assert down.json["status"] == 503
        await server.account.advance(10 * MINUTE)
        assert (await server.post()).status == 202
    assert endpoint.types == ["message-sent", "message-delivered"], "callbacks go on through the outage"


async def test_an_outage_may_answer_in_a_way_of_its_own_or_not_at_all():
    steps = "{outage: 1m, answer: {status: 502, body: bad gateway}}, {outage: 1m, after: 2m, answer: {connection: reset}}"
    async with scripted(f"times: 1\ntimeline: [{steps}]") as server:
        await server.post()
        await server.account.advance(0)
        answer = await server.post()
        assert (answer.status, answer.json) == (502, "bad gateway")
        await server.account.advance(2 * MINUTE)
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await server.post()


async def test_an_outage_that_only_delays_lets_every_request_through():
    async with scripted("times: 1\ntimeline: [{outage: 1h, answer: {delay: 10ms}}]") as server:
        await server.post()
        await server.account.advance(0)
        assert (await server.post()).status == 202


# -- callbacks ---------------------------------------------------------------------------------------------------------------


async def test_an_early_callback_is_there_before_the_202(endpoint):
    order: list[str] = []

    async def note(request: object, events: list[dict[str, object]]) -> None:
        order.append(str(events[0]["type"]))

    endpoint.react = note
    timeline = "timeline: [{callback: message-sent, early: true}, {callback: message-delivered, after: 1s}]"
    async with scripted(timeline, endpoint) as server:
        assert (await server.post()).status == 202
        order.append("202")
        await server.account.settle()
    assert order == ["message-sent", "202", "message-delivered"]


async def test_an_early_callback_to_an_endpoint_that_waits_for_the_202_itself_does_not_block_it(endpoint):
    answered = asyncio.Event()

    async def wait_for_the_answer(request: object, events: object) -> None:
        await answered.wait()

    endpoint.react = wait_for_the_answer
    async with scripted("timeline: [{callback: message-sent, early: true}]", endpoint) as server:
        assert (await server.post()).status == 202
        answered.set()
        await server.account.settle()
    assert endpoint.types == ["message-sent"]


async def test_a_callback_told_twice_comes_as_the_same_bytes(endpoint):
    await post_and_settle("timeline: [{callback: message-sent, twice: true}]", endpoint)
    assert len(endpoint.bodies) == 2
    assert endpoint.bodies[0] == endpoint.bodies[1]


async def test_a_dropped_callback_never_comes_but_its_event_has_happened(endpoint):
    async with scripted("timeline: [{callback: message-delivered, dropped: true}]", endpoint) as server:
        await server.post()
        await server.account.settle()
        [record] = server.account.records.messages.values()
    assert endpoint.bodies == []
    assert record.status == "delivered"
    assert [withheld.because for withheld in record.withheld] == ["dropped by the scenario unnamed"]


@pytest.mark.parametrize(
    ("how", "body"),
    [("not-json", b"<html><body>Bad Gateway</body></html>"), ("empty", b"")],
)
async def test_a_corrupted_callback_is_no_json(how, body):
    async with Endpoint() as endpoint:
        endpoint.react = None
        bodies = await raw_bodies(f"timeline: [{{callback: message-sent, corrupted: {how}}}]", endpoint)
    assert bodies == [body]


async def test_a_corrupted_callback_is_cut_off_or_no_list():
    async with Endpoint() as endpoint:
        whole, cut, bare = await raw_bodies(
            "timeline:\n"
            "  - {callback: message-sent}\n"
            "  - {callback: message-sent, corrupted: truncated}\n"
            "  - {callback: message-sent, corrupted: wrong-type}\n",
            endpoint,
            edition="2026",
            types=("message-sent",),
        )
    assert whole.startswith(cut)
    assert 0 < len(cut) < len(whole)
    assert [json.loads(bare)] == json.loads(whole)


async def raw_bodies(scenario: str, endpoint: Endpoint, edition: str = "2018-01", types: Iterable[str] = ()) -> list[bytes]:
    application = Application(APPLICATION, endpoint.url, endpoint.url, callback_types=frozenset(types) or None)
    async with platform(edition, AccountSettings(applications={APPLICATION: application})) as server:
        server.account.set_scenarios(load_text(scenario))
        await server.post()
        await server.account.settle()
    return endpoint.bodies


async def test_fields_are_set_and_left_out_and_headers_replaced(endpoint):
    await post_and_settle(
        "match: {to: '/(?P<last>\\d\\d)$/'}\n"
        "timeline:\n"
        "  - callback: message-delivered\n"
        "    set: {message.segmentCount: 3, extra: {deep: 'ends in ${last}'}, message.a.b: null}\n"
        "    omit: [description, message.tag]\n"
        "    headers: {User-Agent: Other/1, X-Test: 5}\n",
        endpoint,
        tag="gone",
    )
    [event] = endpoint.events
    assert event["message"]["segmentCount"] == 3
    assert event["message"]["a"] == {"b": None}
    assert event["extra"] == {"deep": "ends in 00"}
    assert "description" not in event
    assert "tag" not in event["message"]
    [headers] = endpoint.headers
    assert (headers["User-Agent"], headers["X-Test"]) == ("Other/1", "5")


async def test_the_handset_answers_with_what_the_match_has_bound(endpoint):
    await post_and_settle(
        "match: {text: '/code (?P<code>\\d+)/'}\n"
        "timeline:\n"
        "  - reply: 'You said ${code} to ${to}'\n"
        "    media: https://media.example.com/${code}.png\n"
        "    from: '+19195550177'\n",
        endpoint,
        text="Your code 4711",
    )
    [event] = endpoint.events
    assert event["type"] == "message-received"
    assert event["message"]["text"] == f"You said 4711 to {RECIPIENT}"
    assert event["message"]["from"] == "+19195550177"
    assert event["message"]["media"] == ["https://media.example.com/4711.png"]


async def test_a_state_set_by_one_scenario_is_matched_by_another(endpoint):
    scenarios = (
        "name: first\ntimes: 1\ntimeline: [{set-state: away}, {outcome: delivered}]\n---\n"
        "name: away\nmatch: {state: away}\ntimeline: [{callback: message-failed, error: 4750, after: 1s}]\n"
    )
    async with scripted(scenarios, endpoint) as server:
        await server.post()
        await server.account.settle()
        await server.post()
        await server.account.settle()
        await server.post(to="+19195550111")
        await server.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered", "message-failed", "message-sent", "message-delivered"]


async def test_a_message_that_no_scenario_was_for_remembers_the_nearest_and_why():
    scenarios = (
        "name: mms\nmatch: {kind: mms}\n---\n"
        "name: other\nmatch: {to: '+1666*', tag: x}\n---\n"
        "name: far\nmatch: {text: a, tag: b, from: c}\n"
    )
    async with scripted(scenarios) as server:
        await server.post()
        [record] = server.account.records.messages.values()
    assert record.plan is not None
    assert [str(miss) for miss in record.plan.misses] == [
        "mms: kind is sms, expected mms",
        "other: to is '+19195550100', expected '+1666*'; tag is absent, expected 'x'",
        "far: from is '+19195550199', expected 'c'; text is 'Your table is ready', expected 'a'; tag is absent, expected 'b'",
    ]


async def test_a_scenarios_own_retry_schedule_is_kept(endpoint):
    endpoint.always = 500
    async with scripted(
        "timeline: [callback: message-sent]\nretry: {first: 10s, factor: 3, max: 1m, window: 5m}", endpoint
    ) as server:
        await server.post()
        await server.account.settle()
        starts = [s.entry.time for s in server.double.journal.read() if isinstance(s.entry, AttemptStarted)]
    assert [start - starts[0] for start in starts] == [0, 10_000, 40_000, 100_000, 160_000, 220_000, 280_000]


async def test_a_choice_is_drawn_from_the_seed():
    drawn = []
    for seed in ("1", "1", "2", "3", "4"):
        async with Endpoint() as endpoint, platform("2018-01", callback_url=endpoint.url, seed=seed) as server:
            server.account.set_scenarios(
                load_text(
                    "timeline:\n"
                    "  - choose:\n"
                    "      - timeline: [{callback: message-delivered}]\n"
                    "      - timeline: [{callback: message-failed, error: 4770}]\n"
                    "        weight: 2\n"
                )
            )
            for _ in range(8):
                await server.post()
            await server.account.settle()
            drawn.append(endpoint.types)
    assert drawn[0] == drawn[1]
    assert len({tuple(types) for types in drawn}) > 1
    assert {type_ for types in drawn for type_ in types} == {"message-delivered", "message-failed"}
