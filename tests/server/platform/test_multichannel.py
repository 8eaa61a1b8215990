"""Multi-channel messages and RBM (P13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mockbw.core.entries import StepPassed
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.errors import ScenarioError
from mockbw.journal.codec import decode, encode
from mockbw.scenario.loader import load_text
from tests.server.serving import Answer, Platform, platform
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

AGENT = "ExampleAgent"
PICTURE = "https://media.test/menu.png"
RBM = {"from": AGENT, "applicationId": APPLICATION, "channel": "RBM", "content": {"text": "Is eight fine?"}}
SMS = {"from": SENDER, "applicationId": APPLICATION, "channel": "SMS", "content": {"text": "Is eight fine? Answer YES"}}
MMS = {"from": SENDER, "applicationId": APPLICATION, "channel": "MMS", "content": {"media": [{"fileUrl": PICTURE}]}}
YES = {"type": "REPLY", "text": "Yes", "postbackData": "eWVz"}


async def send(server: Platform, *channels: Any, **rest: Any) -> Answer:
    body = {"to": RECIPIENT, "channelList": list(channels), **rest}
    return await server.request("POST", "messages/multiChannel", json=body)


@asynccontextmanager
async def playing(scenario: str = "", **settings: Any) -> AsyncIterator[tuple[Platform, Endpoint]]:
    """Run a server with a scenario and an endpoint that also gets message-sent."""
    wanted = frozenset({"message-sent", "message-delivered", "message-failed", "message-read", "message-sending"})
    async with Endpoint() as endpoint:
        chosen = AccountSettings(callback_url=endpoint.url, callback_types=wanted, **settings)
        async with platform("2026", chosen) as server:
            server.account.set_scenarios(load_text(scenario) if scenario else [])
            yield server, endpoint


async def test_the_answer_repeats_what_was_posted_with_the_owner_of_each_channel():
    async with platform() as server:
        answer = await send(server, RBM, SMS, tag="t", priority="high", expiration="2018-01-25T00:00:00Z")
    assert answer.status == 202
    identity = answer.json["data"]["id"]
    assert len(identity) == 29
    assert answer.json == {
        "links": [],
        "data": {
            "id": identity,
            "time": "2018-01-24T16:00:00.000Z",
            "direction": "out",
            "to": [RECIPIENT],
            "channelList": [{**RBM, "owner": AGENT}, {**SMS, "owner": SENDER}],
            "tag": "t",
            "priority": "high",
            "expiration": "2018-01-25T00:00:00Z",
        },
        "errors": [],
    }


@pytest.mark.parametrize(("depth", "status"), [(90, 202), (101, 400), (300, 400), (1000, 400)])
async def test_content_that_is_nested_too_deep_is_refused_and_breaks_neither_answer_nor_journal(tmp_path, depth, status):
    content = f'{{"text": "x", "more": {"[" * depth}{"]" * depth}}}'
    body = f'{{"to": "{RECIPIENT}", "channelList": [{{"from": "{SENDER}", "applicationId": "a", "channel": "SMS", '
    async with platform(data=tmp_path) as server:
        whole = {"data": f'{body}"content": {content}}}]}}', "headers": {"Content-Type": "application/json"}}
        answer = await server.request("POST", "messages/multiChannel", **whole)
        assert (answer.status, server.double.journal.failure) == (status, None)
        inbound = f'{{"to": "{SENDER}", "from": "{RECIPIENT}", "text": {"[" * depth}{"]" * depth}}}'
        path = f"/_mockbw/accounts/{server.account.name}/inbound"
        assert (await server.request("POST", path, data=inbound)).status == 422


async def test_events_are_those_of_the_channel_in_use():
    async with playing() as (server, endpoint):
        identity = (await send(server, RBM, SMS, tag="t")).json["data"]["id"]
        await server.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]
    assert endpoint.events[1] == {
        "time": "2018-01-24T16:00:03.000000Z",
        "type": "message-delivered",
        "to": RECIPIENT,
        "description": "Message delivered to handset.",
        "message": {
            "id": identity,
            "owner": AGENT,
            "applicationId": APPLICATION,
            "time": "2018-01-24T16:00:00.000000Z",
            "segmentCount": 1,
            "direction": "out",
            "to": [RECIPIENT],
            "from": AGENT,
            "text": "",
            "tag": "t",
            "channel": "RBM",
        },
    }


NO_RBM = "name: no-rbm\nmatch: {kind: rbm}\ntimeline: [{outcome: failed, error: 4754}]"


async def test_a_channel_that_fails_is_not_told_and_the_next_one_is_tried_after_it():
    async with playing(NO_RBM) as (server, endpoint):
        await send(server, RBM, SMS)
        await server.account.settle()
        (record,) = server.account.records.messages.values()
        status = record.status
    events = [(event["time"][17:23], event["type"], event["message"]["channel"]) for event in endpoint.events]
    assert events == [
        ("01.000", "message-sent", "RBM"),
        ("04.000", "message-sent", "SMS"),
        ("06.000", "message-delivered", "SMS"),
    ]
    assert endpoint.events[2]["message"]["from"] == SENDER
    assert status == "delivered"


async def test_the_failure_of_the_last_channel_is_told():
    everything_fails = "name: all\ntimeline: [{outcome: failed, error: 4754}]"
    async with playing(everything_fails) as (server, endpoint):
        await send(server, RBM, MMS, SMS)
        await server.account.settle()
    failures = [(event["errorCode"], event["message"]["channel"]) for event in endpoint.events if "errorCode" in event]
    assert failures == [(4754, "SMS")]


async def test_the_journal_says_why_the_next_channel_was_tried_and_can_be_kept():
    async with playing(NO_RBM) as (server, _):
        await send(server, RBM, SMS)
        await server.account.settle()
        entries = [stamped.entry for stamped in server.double.journal.read()]
        reasons = [entry.because for entry in entries if isinstance(entry, StepPassed)]
    assert reasons == ["RBM fails with 4754: SMS is tried next"]
    assert [decode(*encode(entry)) for entry in entries] == entries


async def test_each_channel_is_checked_for_its_own_sender_and_application():
    async with playing(strict=True, numbers={SENDER: APPLICATION}) as (server, endpoint):
        await send(server, RBM, {**SMS, "from": "+12125550123"})
        await server.account.settle()
    assert [event.get("errorCode") for event in endpoint.events] == [4452]


async def test_the_recipient_reads_taps_a_suggestion_and_says_where_it_is():
    scenario = """
name: chatty
match: {kind: rbm}
timeline:
  - outcome: delivered
  - callback: message-read
    after: 2s
  - reply: "Yes"
    suggestion: eWVz
    after: 1s
  - reply: ""
    location: 35.7796,-78.6382
    after: 1s
  - reply: See you
    after: 1s
"""
    async with playing(scenario) as (server, endpoint):
        identity = (await send(server, RBM)).json["data"]["id"]
        await server.account.settle()
    read, tapped, place, text = endpoint.events[2:]
    assert (read["type"], read["eventTime"]) == ("message-read", "2018-01-24T16:00:05.000000Z")
    assert (tapped["type"], tapped["to"], tapped["message"]["channel"]) == ("suggestion-response", AGENT, "RBM")
    assert "text" not in tapped["message"]
    assert tapped["message"]["suggestionResponse"] == {"text": "Yes", "postbackData": "eWVz", "pairedMessageId": identity}
    assert place["type"] == "requested-location-response"
    assert place["message"]["locationResponse"] == {"latitude": "35.7796", "longitude": "-78.6382"}
    assert (text["type"], text["message"]["content"], text["message"]["text"]) == (
        "message-received",
        {"text": "See you"},
        "See you",
    )
    assert {event["message"]["direction"] for event in (tapped, place, text)} == {"in"}


async def test_rbm_steps_are_no_part_of_editions_without_rbm():
    scenario = "name: x\nmatch: {kind: rbm}\ntimeline: [{reply: '', location: '1,2'}, {reply: 'Yes', suggestion: eWVz}]"
    async with platform("2023") as server:
        with pytest.raises(ScenarioError) as refused:
            server.account.set_scenarios(load_text(scenario))
    assert str(refused.value).count("edition 2023 has no RBM messages") == 3


@pytest.mark.parametrize(
    "content",
    [
        {"text": "a" * 3270, "suggestions": [YES] * 11},
        {"media": [{"fileUrl": PICTURE, "thumbnailUrl": PICTURE}], "suggestions": [YES]},
        {"orientation": "VERTICAL", "cardContent": {"title": "Menu"}},
        {
            "orientation": "HORIZONTAL",
            "thumbnailImageAlignment": "LEFT",
            "cardContent": {"media": {"fileUrl": PICTURE, "height": "TALL"}, "suggestions": [YES] * 4},
        },
        {"cardWidth": "SMALL", "cardContents": [{"title": "1"}, {"description": "2"}], "suggestions": [YES]},
        {
            "text": "All suggestions",
            "suggestions": [
                {**YES, "type": "REQUEST_LOCATION"},
                {**YES, "type": "DIAL_PHONE", "phoneNumber": SENDER},
                {**YES, "type": "SHOW_LOCATION", "latitude": "35.77", "longitude": -78.63, "label": "Here"},
                {
                    **YES,
                    "type": "CREATE_CALENDAR_EVENT",
                    "title": "Dinner",
                    "startTime": "2026-08-01T18:00:00Z",
                    "endTime": "2026-08-01T20:00:00.000Z",
                },
                {**YES, "type": "OPEN_URL", "url": PICTURE},
                {**YES, "type": "OPEN_URL", "url": PICTURE, "application": "WEBVIEW", "webviewViewMode": "HALF"},
            ],
        },
    ],
)
async def test_every_kind_of_rbm_content_is_taken_and_repeated(content):
    async with platform() as server:
        answer = await send(server, {**RBM, "content": content})
    assert (answer.status, answer.json["data"]["channelList"][0]["content"]) == (202, content)


def wrong(place: str, sentence: str) -> dict[str, Any]:
    """Return one error of the multi-channel form."""
    return {"type": "request-validation", "description": f"The '{place}' field {sentence}", "source": {"field": place}}


CONTENT = "channelList[0].content"


@pytest.mark.parametrize(
    ("channel", "errors"),
    [
        ({**SMS, "from": ""}, [wrong("channelList[0].from", "must contain exactly one telephone number")]),
        ({**SMS, "from": "+invalid"}, [wrong("channelList[0].from", "must contain exactly one telephone number")]),
        ({**RBM, "applicationId": None}, [wrong("channelList[0].applicationId", "must contain the id of an application")]),
        ({**RBM, "channel": "FAX"}, [wrong("channelList[0].channel", "must be one of RBM, SMS, MMS")]),
        ({**SMS, "content": None}, [wrong(CONTENT, "is required")]),
        ({**SMS, "content": {}}, [wrong(f"{CONTENT}.text", "is required")]),
        ({**SMS, "content": {"text": 5}}, [wrong(f"{CONTENT}.text", "must be a string")]),
        ({**SMS, "content": {"text": "a" * 2049}}, [wrong(f"{CONTENT}.text", "must be at most 2048 characters long")]),
        ({**MMS, "content": {}}, [wrong(CONTENT, "must have text or media")]),
        ({**MMS, "content": {"media": [{"fileUrl": "x"}]}}, [wrong(f"{CONTENT}.media[0].fileUrl", "must be a URL")]),
        ({**RBM, "content": {}}, [wrong(CONTENT, "must have one of text, media, cardContent and cardContents")]),
        (
            {**RBM, "content": {"text": "a" * 3271, "suggestions": [YES] * 12}},
            [
                wrong(f"{CONTENT}.text", "must be at most 3270 characters long"),
                wrong(f"{CONTENT}.suggestions", "must have at most 11 entries"),
            ],
        ),
        (
            {**RBM, "content": {"text": "a", "suggestions": [{**YES, "text": "a" * 26, "postbackData": "?"}]}},
            [
                wrong(f"{CONTENT}.suggestions[0].text", "must be at most 25 characters long"),
                wrong(f"{CONTENT}.suggestions[0].postbackData", "must be base64"),
            ],
        ),
        (
            {**RBM, "content": {"text": "a", "suggestions": [{**YES, "type": "DIAL_PHONE", "phoneNumber": "1"}]}},
            [wrong(f"{CONTENT}.suggestions[0].phoneNumber", "must be a valid E164 formatted telephone number")],
        ),
        (
            {
                **RBM,
                "content": {"text": "a", "suggestions": [{**YES, "type": "SHOW_LOCATION", "latitude": "91", "longitude": "x"}]},
            },
            [
                wrong(f"{CONTENT}.suggestions[0].latitude", "must be a number from -90 to 90"),
                wrong(f"{CONTENT}.suggestions[0].longitude", "must be a number from -180 to 180"),
            ],
        ),
        (
            {**RBM, "content": {"text": "a", "suggestions": [{"text": "Yes"}]}},
            [wrong(f"{CONTENT}.suggestions[0]", "must have a type")],
        ),
        (
            {**RBM, "content": {"orientation": "HORIZONTAL", "cardContent": {"title": "a"}}},
            [wrong(CONTENT, "must have a thumbnailImageAlignment if its orientation is HORIZONTAL")],
        ),
        (
            {**RBM, "content": {"cardWidth": "LARGE", "cardContents": [{}]}},
            [
                wrong(f"{CONTENT}.cardWidth", "must be SMALL or MEDIUM"),
                wrong(f"{CONTENT}.cardContents[0]", "must have a title, a description or media"),
            ],
        ),
        ({**SMS, "channel": ["SMS"]}, [wrong("channelList[0].channel", "must be one of RBM, SMS, MMS")]),
    ],
)
async def test_a_wrong_channel_is_told_field_by_field(channel, errors):
    async with platform() as server:
        answer = await send(server, channel)
    assert answer.status == 400
    assert answer.json == {"links": [], "data": None, "errors": errors}


@pytest.mark.parametrize("media", [5, "x", [5], [{"fileUrl": 5}], {"a": 1}])
async def test_media_that_a_channel_has_no_use_for_may_be_anything(media):
    async with platform() as server:
        answer = await send(server, {**SMS, "content": {"text": "a", "media": media}})
    assert answer.status == 202


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["to", "channelList"]),
        ({"to": [RECIPIENT], "channelList": []}, ["to", "channelList"]),
        ({"to": "+invalid", "channelList": [SMS] * 5}, ["to", "channelList"]),
        ({"to": RECIPIENT, "channelList": ["x"]}, ["channelList[0]"]),
        (
            {"to": RECIPIENT, "channelList": [SMS], "tag": "a" * 1025, "priority": "x", "expiration": "x"},
            ["tag", "priority", "expiration"],
        ),
        ([], ["body"]),
    ],
)
async def test_a_wrong_request_names_every_wrong_field(body, fields):
    async with platform() as server:
        answer = await server.request("POST", "messages/multiChannel", json=body)
    assert (answer.status, [error["source"]["field"] for error in answer.json["errors"]]) == (400, fields)


def one_error(type_: str, description: str, source: dict[str, str] | None = None) -> dict[str, Any]:
    return {"links": [], "data": None, "errors": [{"type": type_, "description": description, "source": source or {}}]}


async def test_errors_have_the_form_of_multi_channel():
    async with platform("2026", AccountSettings(api_credentials=(Credentials("token", "secret"),))) as server:
        answer = await send(server, SMS)
        assert (answer.status, answer.json) == (401, one_error("unauthorized", "Authentication Failed"))
    async with platform("2026", AccountSettings(rate=1, queue_seconds=1)) as server:
        await send(server, SMS)
        await send(server, SMS)
        answer = await send(server, SMS)
        full = "You have exceeded your rate limit for this endpoint. Please retry later."
        assert (answer.status, answer.json) == (429, one_error("rate-limit-exceeded", full))
    async with platform() as server:
        answer = await server.request("PUT", "messages/multiChannel")
        put = "Method 'PUT' not supported for this resource."
        assert (answer.status, answer.json) == (405, one_error("method-not-allowed", put))
        xml = {"Content-Type": "application/xml;charset=UTF-8"}
        answer = await server.request("POST", "messages/multiChannel", data="<a/>", headers=xml)
        sentence = "Content-Type 'application/xml;charset=UTF-8' is not supported. Please use 'application/json'"
        expected = one_error("unsupported-content-type", sentence, {"header": "Content-Type"})
        assert (answer.status, answer.json) == (415, expected)
        answer = await server.request("POST", "messages/multiChannel", json={}, headers={"Accept": "text/html"})
        assert (answer.status, answer.body) == (406, b"")


@pytest.mark.parametrize("edition", ["2018-01", "2023"])
async def test_there_were_no_multi_channel_messages_before_2025(edition):
    async with platform(edition) as server:
        assert (await send(server, SMS)).status == 404


async def test_a_multi_channel_message_is_listed_by_its_channel():
    async with platform() as server:
        await send(server, RBM)
        answer = await server.request("GET", "messages?messageType=rcs")
    assert [(row["sourceTn"], row["product"]) for row in answer.json["messages"]] == [(AGENT, "RBM_CONVERSATIONAL")]
