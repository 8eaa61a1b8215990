"""Create message over HTTP: the 202, and the error forms of each edition (P4, P16)."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from mockbw.core.account import InboundDraft
from mockbw.core.clock import ClockMode
from mockbw.core.model import Application, Credentials
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from tests.server.serving import ACCOUNT, WHOLE, platform
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

PATH = f"/api/v2/users/{ACCOUNT}/messages"


async def test_the_answer_of_2018_counts_no_segments():
    async with platform("2018-01") as server:
        answer = await server.post(tag="booking-81", priority="high")
    assert (answer.status, answer.headers["Content-Type"]) == (202, "application/json;charset=utf-8")
    identity = answer.json["id"]
    assert len(identity) == 29
    assert answer.json == {
        "id": identity,
        "owner": SENDER,
        "applicationId": APPLICATION,
        "time": "2018-01-24T16:00:00Z",
        "direction": "out",
        "to": [RECIPIENT],
        "from": SENDER,
        "text": "Your table is ready",
        "tag": "booking-81",
    }


@pytest.mark.parametrize("edition", ["2023", "2026"])
async def test_the_answer_since_2018_12_has_all_that_was_sent_in_the_published_order(edition):
    sent = {"to": RECIPIENT, "tag": "t", "priority": "high", "expiration": "2018-01-24T12:00:00-05:00"}
    async with platform(edition) as server:
        answer = await server.post(**sent)
    assert list(answer.json.items())[1:] == [
        ("owner", SENDER),
        ("applicationId", APPLICATION),
        ("time", "2018-01-24T16:00:00.000Z"),
        ("segmentCount", 1),
        ("direction", "out"),
        ("to", [RECIPIENT]),
        ("from", SENDER),
        ("text", "Your table is ready"),
        ("tag", "t"),
        ("priority", "high"),
        ("expiration", "2018-01-24T12:00:00-05:00"),
    ]


async def test_what_was_not_sent_is_not_answered():
    async with platform() as server:
        answer = await server.post()
    assert not {"media", "tag", "priority", "expiration"} & set(answer.json)


@pytest.mark.parametrize("prefix", ["/api/v2", "/v2", ""])
async def test_the_api_is_served_below_every_prefix(prefix):
    async with platform() as server:
        server.prefix = prefix
        assert (await server.post()).status == 202


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_a_400_lists_everything_that_is_wrong(edition):
    async with platform(edition) as server:
        answer = await server.request("POST", "messages", json={"applicationId": APPLICATION, "to": ["+invalid"]})
    assert answer.status == 400
    assert answer.json == {
        "type": "request-validation",
        "description": "Your request could not be accepted",
        "fieldErrors": [
            {"fieldName": "from", "description": "'from' must contain exactly one telephone number"},
            {"fieldName": "text", "description": "'text' is required unless media is included"},
            {"fieldName": "to", "description": "'+invalid' must be replaced with a valid E164 formatted telephone number"},
        ],
    }


def spring(status: int, error: str, message: str, path: str = PATH) -> dict[str, object]:
    """Return the form that editions before 2020 have."""
    return {"timestamp": "2018-01-24T16:00:00.000+0000", "status": status, "error": error, "message": message, "path": path}


LOCKED = AccountSettings(api_credentials=(Credentials("token", "secret"),), barred_credentials=(Credentials("other", "secret"),))


@pytest.mark.parametrize(
    ("edition", "body"),
    [
        ("2018-01", spring(401, "Unauthorized", "Unauthorized")),
        ("2023", {"type": "unauthorized", "description": "Authentication Failed"}),
        ("2026", {"type": "unauthorized", "description": "Authentication Failed"}),
    ],
)
async def test_a_401_has_the_form_of_the_edition(edition, body):
    async with platform(edition, LOCKED) as server:
        answer = await server.post()
    assert (answer.status, answer.json) == (401, body)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Bandwidth"'


@pytest.mark.parametrize(
    ("edition", "body"),
    [
        ("2018-01", spring(403, "Forbidden", "Access is denied")),
        ("2023", {"type": "forbidden", "description": "Access Denied"}),
        ("2026", {"type": "forbidden", "description": "Access Denied"}),
    ],
)
async def test_a_403_has_the_form_of_the_edition(edition, body):
    async with platform(edition, LOCKED) as server:
        answer = await server.post(headers={"Authorization": "Basic b3RoZXI6c2VjcmV0"})
    assert (answer.status, answer.json) == (403, body)


@pytest.mark.parametrize(
    ("edition", "body"),
    [
        ("2018-01", spring(404, "Not Found", "Not Found", f"{PATH}/5")),
        ("2023", spring(404, "Not Found", "Not Found", f"{PATH}/5")),
        ("2026", {"type": "not-found", "description": "Resource not found."}),
    ],
)
async def test_a_404_has_the_form_of_the_edition(edition, body):
    async with platform(edition) as server:
        answer = await server.request("GET", "messages/5")
    assert (answer.status, answer.json) == (404, body)


async def test_there_is_no_list_of_messages_in_2018():
    async with platform("2018-01") as server:
        answer = await server.request("GET", "messages?messageId=1")
    assert (answer.status, answer.json) == (405, spring(405, "Method Not Allowed", "Request method 'GET' not supported"))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_405(method):
    async with platform() as server:
        assert (await server.request(method, "messages")).status == 405


@pytest.mark.parametrize(
    ("edition", "body"),
    [
        ("2018-01", spring(415, "Unsupported Media Type", "Content type 'text/plain;charset=UTF-8' not supported")),
        *(
            (
                edition,
                {
                    "type": "unsupported-content-type",
                    "description": "Content type 'text/plain;charset=UTF-8' not supported. Please use 'application/json'",
                },
            )
            for edition in ("2023", "2026")
        ),
    ],
)
async def test_a_415_names_the_type_that_was_sent(edition, body):
    async with platform(edition) as server:
        headers = {"Content-Type": "text/plain;charset=UTF-8"}
        answer = await server.request("POST", "messages", data=json.dumps(WHOLE), headers=headers)
    assert (answer.status, answer.json) == (415, body)


async def test_a_client_that_takes_no_json_gets_406():
    async with platform() as server:
        answer = await server.post(headers={"Accept": "text/html"})
    assert (answer.status, answer.json["type"]) == (406, "not-acceptable")


@pytest.mark.parametrize("data", [b"{", b"", b"\xff\xfe", b'{"a": NaN}', b"[" * 5000])
async def test_what_is_no_json_is_a_400(data):
    async with platform() as server:
        answer = await server.request("POST", "messages", data=data, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["type"]) == (400, "request-validation")


async def test_credentials_are_looked_at_before_the_type_and_the_type_before_the_body():
    async with platform("2026", LOCKED) as server:
        wrong = await server.request("POST", "messages", data="{", headers={"Content-Type": "text/plain"})
        headers = {"Content-Type": "text/plain", "Authorization": "Basic dG9rZW46c2VjcmV0"}
        right = await server.request("POST", "messages", data="{", headers=headers)
    assert (wrong.status, right.status) == (401, 415)


# -- the queue (P5) -------------------------------------------------------------------------------------------------------


async def test_the_901st_waiting_segment_is_a_429_with_the_published_text_and_the_queue_moves_with_virtual_time():
    slow = {"clock": ClockMode.SCALED, "day": 365 * 86_400_000}  # a virtual second takes six minutes
    async with platform("2018-01", AccountSettings(rate=1), **slow) as server:
        await server.post()  # leaves at once
        for _ in range(64):
            assert (await server.post(text="a" * 2048)).status == 202
        for _ in range(4):
            assert (await server.post()).status == 202
        refused = await server.post()
        assert (refused.status, refused.json) == (
            429,
            {
                "type": "max-message-queue-size-exceeded",
                "description": (
                    "The SMS queue for your account is full and cannot accept more messages right now. Your allowed rate is 60 "
                    "messages per minute. The capacity of this queue is 900 messages (15 minutes). Reduce your message sending "
                    "rate, or contact support to increase your allowed rate."
                ),
            },
        )
        server.account.set_clock(ClockMode.MANUAL)
        begin = server.account.now()
        await server.account.advance(20_000)
        left = [record.dequeued for record in server.account.records.messages.values() if record.dequeued is not None]
        first = left[0]
        assert begin - first < 1000
        assert [time - first for time in left] == [0, 1000, 15_000]
        assert (await server.post()).status == 202


async def test_the_text_of_the_429_follows_the_rate():
    async with platform("2026", AccountSettings(rate=0.5, queue_seconds=60)) as server:
        await server.post()
        for _ in range(2):
            assert (await server.post(text="a" * 2048)).status == 202
        refused = await server.post(text="a" * 2048)
    assert "rate is 30 messages per minute. The capacity of this queue is 30 messages (1 minutes)" in refused.json["description"]


# -- accounts, applications and numbers (P3, P4, P19) ---------------------------------------------------------------------

OWN = {SENDER: APPLICATION, "+19195550198": None}


async def outcome_of(strict: AccountSettings, edition: str = "2026", **changes: str) -> tuple[int, list[object]]:
    """Return the status of a post, and the type or error code of every event about it."""
    async with Endpoint() as endpoint:
        applications = {APPLICATION: Application(APPLICATION, endpoint.url), "other": Application("other", endpoint.url)}
        settings = AccountSettings(callback_url=endpoint.url, strict=True, numbers=strict.numbers, applications=applications)
        async with platform(edition, settings) as server:
            answer = await server.post(**changes)
            await server.account.settle()
        return answer.status, [event.get("errorCode", event["type"]) for event in endpoint.events]


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_an_unknown_application_is_accepted_and_fails_with_4452(edition):
    assert await outcome_of(AccountSettings(numbers=OWN), edition, applicationId="unknown") == (202, [4452])


@pytest.mark.parametrize(
    ("sender", "code"), [("+12125550123", 4403), ("+15550100001", 4405), ("12345", 4431), ("+18885550100", 4433)]
)
async def test_a_sender_that_is_not_of_the_account_is_accepted_and_fails(sender, code):
    assert await outcome_of(AccountSettings(numbers=OWN), **{"from": sender}) == (202, [code])


async def test_a_known_application_and_number_deliver():
    assert await outcome_of(AccountSettings(numbers=OWN)) == (202, ["message-delivered"])


async def test_a_number_whose_location_has_no_application_is_accepted_and_nothing_more_is_heard():
    assert await outcome_of(AccountSettings(numbers=OWN), **{"from": "+19195550198"}) == (202, [])


async def test_an_application_that_is_not_the_locations_is_accepted_and_nothing_more_is_heard():
    assert await outcome_of(AccountSettings(numbers=OWN), applicationId="other") == (202, [])


async def test_inbound_and_outbound_events_go_to_their_own_urls():
    async with Endpoint() as outbound, Endpoint() as inbound:
        application = Application(APPLICATION, outbound_url=outbound.url, inbound_url=inbound.url)
        settings = AccountSettings(applications={APPLICATION: application}, numbers=OWN, strict=True)
        reply = "name: reply\ntimeline: [{outcome: delivered}, {reply: 'Yes', after: 1s}]"
        async with platform("2026", settings) as server:
            server.account.set_scenarios(load_text(reply))
            await server.post()
            await server.account.settle()
    assert (outbound.types, inbound.types) == (["message-delivered"], ["message-received"])


@pytest.mark.parametrize("user", ["u-be8dvafwrs63rwpm7pfil4b", "9900000"])
async def test_a_user_id_of_2018_names_an_account_as_its_number_does_later(user):
    async with platform("2018-01") as server:
        answer = await server.request("POST", f"/v2/users/{user}/messages", json=WHOLE)
        assert (answer.status, len(server.double.account(user).records.messages)) == (202, 1)


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_a_failure_with_a_long_body_is_retried_like_any_other(edition, endpoint):
    async def fail_once(request: web.Request, events: list[object]) -> web.Response | None:
        return web.Response(status=500, text="x" * 20_000) if len(endpoint.bodies) == 1 else None

    endpoint.react = fail_once
    async with platform(edition, AccountSettings(callback_url=endpoint.url)) as server:
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Yes"))
        await server.account.settle()
    assert endpoint.types == ["message-received", "message-received"]
    assert endpoint.bodies[0] == endpoint.bodies[1]


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_a_callback_has_the_platforms_headers_and_one_event(edition, endpoint):
    async with platform(edition, AccountSettings(callback_url=endpoint.url)) as server:
        await server.post()
        await server.account.settle()
    for headers, body in zip(endpoint.headers, endpoint.bodies, strict=True):
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert headers["User-Agent"] == "BandwidthAPI/v2"
        assert "Authorization" not in headers
        assert len(json.loads(body)) == 1
