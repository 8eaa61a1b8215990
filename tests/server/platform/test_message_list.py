"""The list of messages (P12)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from mockbw.core.account import InboundDraft
from mockbw.core.clock import DAY
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from tests.server.serving import ACCOUNT, Platform, platform
from tests.support import RECIPIENT, SENDER, Endpoint

OTHER = "+13035550101"
TOLL_FREE = "+18885550100"


async def listed(server: Platform, **query: Any) -> list[dict[str, Any]]:
    answer = await server.request("GET", "messages?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert answer.status == 200, answer.body
    return list(answer.json["messages"])


async def errors(server: Platform, query: str) -> list[tuple[str, str]]:
    answer = await server.request("GET", f"messages?{query}")
    assert (answer.status, answer.json["type"]) == (400, "request-validation")
    return [(error["fieldName"], error["description"]) for error in answer.json["fieldErrors"]]


@pytest.mark.parametrize("edition", ["2023", "2026"])
async def test_a_message_is_listed_with_its_metadata_and_never_its_text(edition):
    async with platform(edition) as server:
        identity = (await server.post(text="Ж" * 71)).json["id"]
        answer = await server.request("GET", f"messages?messageId={identity}")
    assert answer.json == {
        "totalCount": 1,
        "pageInfo": {},
        "messages": [
            {
                "messageId": identity,
                "accountId": ACCOUNT,
                "sourceTn": SENDER,
                "destinationTn": RECIPIENT,
                "messageStatus": "RECEIVED",
                "messageDirection": "OUTBOUND",
                "messageType": "sms",
                "segmentCount": 2,
                "errorCode": 0,
                "receiveTime": "2018-01-24T16:00:00.000Z",
                "carrierName": "other",
                "messageSize": 142,
                "messageLength": 71,
                "attachmentCount": 0,
                "recipientCount": 1,
                "campaignClass": None,
                "campaignId": None,
                "bwLatency": None,
                "carrierLatency": None,
                "callingNumberCountryA3": "USA",
                "calledNumberCountryA3": "USA",
                "product": "LOCAL_A2P",
                "location": None,
            }
        ],
    }


async def test_a_group_has_a_row_for_each_recipient():
    async with platform() as server:
        await server.post(to=[RECIPIENT, OTHER])
        rows = await listed(server, messageType="mms")
    assert [(row["destinationTn"], row["recipientCount"]) for row in rows] == [(OTHER, 2), (RECIPIENT, 2)]


FAILING = "name: fails\nmatch: {to: '+13035550101'}\ntimeline: [{outcome: failed, error: 4770}]"


async def test_the_status_follows_the_message_on_its_way():
    statuses = []
    async with Endpoint() as endpoint, platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        server.account.set_scenarios(load_text(FAILING))
        await server.post(to=[RECIPIENT, OTHER])
        for pause in (0, 1000, 1000, 4000):
            await server.account.advance(pause)
            statuses.append([(row["messageStatus"], row["errorCode"]) for row in await listed(server, sourceTn="%2B1919")])
    assert statuses == [
        [("RECEIVED", 0), ("RECEIVED", 0)],
        [("SENDING", 0), ("SENDING", 0)],
        [("SENT", 0), ("SENT", 0)],
        [("FAILED", 4770), ("DELIVERED", 0)],
    ]


async def test_a_message_in_the_queue_is_queued():
    async with platform("2026", AccountSettings(rate=1)) as server:
        await server.post()
        await server.post()
        rows = await listed(server, bwQueued="true")
        assert [row["messageStatus"] for row in rows] == ["QUEUED"]
        assert len(await listed(server, bwQueued="false")) == 1


async def test_an_inbound_message_is_accepted_when_its_callback_was_answered_and_undelivered_when_it_was_given_up():
    async with Endpoint() as endpoint, platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Yes"))
        assert [row["messageStatus"] for row in await listed(server, messageDirection="INBOUND")] == ["RECEIVED"]
        await server.account.settle()
        assert [row["messageStatus"] for row in await listed(server, messageDirection="INBOUND")] == ["ACCEPTED"]
        endpoint.always = 500
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Yes"))
        await server.account.settle()
        (row,) = await listed(server, messageStatus="UNDELIVERED")
    assert (row["sourceTn"], row["destinationTn"], row["messageDirection"]) == (RECIPIENT, SENDER, "INBOUND")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"destinationTn": "%2B13035550101"}, [OTHER]),
        ({"destinationTn": "%2B1303"}, [OTHER]),
        ({"destinationTn": "%2B13035550101,%2B19195550100"}, [OTHER, RECIPIENT]),
        ({"sourceTn": "%2B1888"}, [OTHER]),
        ({"product": "TOLL_FREE"}, [OTHER]),
        ({"fromSegmentCount": 2}, [OTHER]),
        ({"toSegmentCount": 1}, [RECIPIENT]),
        ({"fromMessageSize": 100, "toMessageSize": 200}, [OTHER]),
        ({"errorCode": 0}, [OTHER, RECIPIENT]),
        ({"messageType": "rcs"}, []),
        ({"carrierName": "other"}, [OTHER, RECIPIENT]),
        ({"carrierName": "AT%26T"}, []),
        ({"calledNumberCountryA3": "USA"}, [OTHER, RECIPIENT]),
        ({"fromBwLatency": 1}, []),
        ({"carrierQueued": "true"}, [RECIPIENT]),
        ({"fromDateTime": "2018-01-24T16:00:00.001Z"}, [OTHER]),
        ({"toDateTime": "2018-01-24T16:00:00.000Z"}, [RECIPIENT]),
        ({"sort": "destinationTn:asc"}, [OTHER, RECIPIENT]),
        ({"sort": "receiveTime:asc"}, [RECIPIENT, OTHER]),
    ],
)
async def test_filters_find_what_they_say(query, found):
    async with platform() as server:
        await server.post()
        await server.account.advance(1000)
        await server.post(to=[OTHER], text="a" * 161, **{"from": TOLL_FREE})
        assert [row["destinationTn"] for row in await listed(server, **query)] == found


async def test_messages_older_than_14_days_are_found_only_by_their_time():
    async with platform() as server:
        await server.post()
        await server.account.advance(15 * DAY)
        assert await listed(server, messageType="sms") == []
        window = {"fromDateTime": "2018-01-24T00:00:00.000Z", "toDateTime": "2018-02-01T00:00:00.000Z"}
        assert len(await listed(server, **window)) == 1


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ("", [("query", "At least one query parameter is required")]),
        ("messageId=x", [("messageId", "'messageId' must be a message id: 29 characters, or a UUID")]),
        ("messageType=fax", [("messageType", "'messageType' must be one of sms, mms, rcs")]),
        (
            "sourceTn=%2B191",
            [("sourceTn", "'sourceTn' must be a full number, up to 10 of them, or a prefix of at least 5 characters")],
        ),
        ("sourceTn=+19195550100", [("sourceTn", "'sourceTn' must have its plus sign percent-encoded as %2B")]),
        ("sourceTn=" + ",".join(["12345"] * 11), [("sourceTn", "'sourceTn' must have at most 10 numbers")]),
        ("errorCode=x", [("errorCode", "'errorCode' must be a whole number")]),
        ("bwQueued=yes", [("bwQueued", "'bwQueued' must be true or false")]),
        ("sort=receiveTime", [("sort", "'sort' must be a field and a direction, e.g. sourceTn:desc")]),
        ("sort=text:asc", [("sort", "'sort' must be a field and a direction, e.g. sourceTn:desc")]),
        ("limit=0", [("limit", "'limit' must be a whole number from 1 to 10000")]),
        ("pageToken=%25", [("pageToken", "'pageToken' must be a token of 'pageInfo'")]),
        (
            "fromDateTime=2018-01-24T16:00:00Z",
            [("fromDateTime", "'fromDateTime' must be an ISO 8601 date-time with milliseconds, e.g. 2022-09-14T18:20:16.000Z")],
        ),
        (
            "fromDateTime=2018-01-01T00:00:00.000Z&toDateTime=2018-01-16T00:00:00.000Z",
            [("fromDateTime", "'fromDateTime' and 'toDateTime' must be at most 14 days apart")],
        ),
        (
            "fromDateTime=2018-01-02T00:00:00.000Z&toDateTime=2018-01-01T00:00:00.000Z",
            [("fromDateTime", "'fromDateTime' must not be after 'toDateTime'")],
        ),
        ("sourceTN=12345", [("sourceTN", "'sourceTN' is not a valid query parameter: did you mean sourceTn?")]),
        (
            "limit=x&errorCode=x",
            [
                ("errorCode", "'errorCode' must be a whole number"),
                ("limit", "'limit' must be a whole number from 1 to 10000"),
            ],
        ),
    ],
)
async def test_a_wrong_query_is_told_everything_that_is_wrong(query, sentences):
    async with platform() as server:
        assert await errors(server, query) == sentences


async def test_pages_are_walked_by_their_urls_forwards_and_backwards():
    async with platform() as server:
        ids = [(await server.post()).json["id"] for _ in range(5)]
        seen, pages, path = [], [], "messages?messageType=sms&limit=2"
        while path:
            answer = await server.request("GET", path)
            seen += [row["messageId"] for row in answer.json["messages"]]
            pages.append(answer.json["pageInfo"])
            assert answer.json["totalCount"] == 5
            following = answer.json["pageInfo"].get("nextPage")
            path = following and "{0.path}?{0.query}".format(urlsplit(following))
        assert seen == ids[::-1]
        assert [sorted(page) for page in pages] == [
            ["nextPage", "nextPageToken"],
            ["nextPage", "nextPageToken", "prevPage", "prevPageToken"],
            ["prevPage", "prevPageToken"],
        ]
        back = await server.request("GET", f"messages?messageType=sms&limit=2&pageToken={pages[2]['prevPageToken']}")
    assert [row["messageId"] for row in back.json["messages"]] == ids[::-1][2:4]


async def test_nobody_pages_beyond_10000():
    async with platform() as server:
        answer = await server.request("GET", "messages?messageType=sms&limit=9999&pageToken=YWZ0ZXItMg==")
    assert answer.json["fieldErrors"] == [
        {"fieldName": "limit", "description": "'limit' and the rows before the page must be at most 10000 together"}
    ]


async def test_too_many_list_requests_are_a_429_that_says_when_to_come_again():
    async with platform("2026", AccountSettings(list_limit=2)) as server:
        statuses = [(await server.request("GET", "messages?limit=1")).status for _ in range(2)]
        await server.account.advance(100_500)
        refused = await server.request("GET", "messages?limit=1")
        await server.account.advance(199_500)
        statuses.append((await server.request("GET", "messages?limit=1")).status)
    assert statuses == [200, 200, 200]
    assert (refused.status, refused.headers["Retry-After"]) == (429, "200")
    assert refused.json == {
        "type": "rate_limit_exceeded",
        "description": "Rate limit exceeded. Wait for Retry-After time before sending another request.",
    }
