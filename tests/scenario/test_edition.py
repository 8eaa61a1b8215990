"""What each edition tells about the same story, row by row (P1, P7)."""

from __future__ import annotations

from typing import Any

import pytest

from mockbw.core.account import InboundDraft
from mockbw.core.model import Application, CredentialsMode
from mockbw.core.settings import AccountSettings
from mockbw.scenario.edition import edition_names, load_edition
from tests.support import APPLICATION, RECIPIENT, SENDER, URL, CoreBench

MEDIA = ("https://media.test/menu.png",)
OTHER = "+19195550101"
HOURS = 3_600_000


def bench(edition: str, scenarios: str = "", **settings: Any) -> CoreBench:
    return CoreBench(scenarios, edition=edition, settings=AccountSettings(callback_url=URL, **settings))


def notified(run: CoreBench) -> list[tuple[int, str]]:
    run.run()
    return run.events


def outcome(kind: str, which: str) -> str:
    return f"name: x\nmatch: {{kind: {kind}}}\ntimeline: [{{{which}}}]"


def test_there_are_three_editions():
    assert edition_names() == ("2018-01", "2023", "2026")


@pytest.mark.parametrize(("edition", "codes"), [("2018-01", 52), ("2023", 76), ("2026", 83)])
def test_each_edition_knows_its_own_error_codes(edition, codes):
    assert len(load_edition(edition).edition.codes) == codes


@pytest.mark.parametrize(
    ("edition", "events"),
    [
        ("2018-01", [(1000, "message-sent"), (3000, "message-delivered")]),
        ("2023", [(2000, "message-delivered")]),
        ("2026", [(3000, "message-delivered")]),
    ],
)
def test_an_sms_that_arrives_is_told_as_the_edition_did(edition, events):
    run = bench(edition)
    run.post()
    assert notified(run) == events


@pytest.mark.parametrize(
    ("edition", "events"),
    [
        ("2018-01", [(1000, "message-sent")]),
        ("2023", [(1000, "message-sending"), (5000, "message-delivered")]),
        ("2026", [(1000, "message-sending"), (6000, "message-delivered")]),
    ],
)
def test_an_mms_that_arrives_is_told_as_the_edition_did(edition, events):
    run = bench(edition)
    run.post(media=MEDIA)
    assert notified(run) == events


@pytest.mark.parametrize(
    ("edition", "events"),
    [
        ("2018-01", [("message-sent", None)]),
        (
            "2023",
            [
                ("message-sending", RECIPIENT),
                ("message-sending", OTHER),
                ("message-delivered", RECIPIENT),
                ("message-delivered", OTHER),
            ],
        ),
        (
            "2026",
            [
                ("message-sending", RECIPIENT),
                ("message-sending", OTHER),
                ("message-delivered", RECIPIENT),
                ("message-delivered", OTHER),
            ],
        ),
    ],
)
def test_a_group_has_one_event_for_each_recipient_but_one_in_all_in_2018(edition, events):
    run = bench(edition)
    run.post(to=[RECIPIENT, OTHER])
    run.run()
    assert [(event["type"], event.get("to")) for _, event in run.notifications()] == events


@pytest.mark.parametrize(("edition", "after"), [("2023", 1000), ("2026", 2000)])
@pytest.mark.parametrize("scenario", ["", outcome("mms", "outcome: failed, error: 4770"), outcome("mms", "outcome: unreceipted")])
def test_without_receipts_an_mms_is_delivered_when_it_is_handed_off_whatever_becomes_of_it(edition, after, scenario):
    run = bench(edition, scenario, mms_receipts=False)
    run.post(media=MEDIA)
    assert notified(run) == [(after, "message-delivered")]


@pytest.mark.parametrize("edition", ["2023", "2026"])
def test_with_receipts_an_mms_that_the_carrier_refuses_is_sending_then_failed(edition):
    run = bench(edition, outcome("mms", "outcome: failed, error: 4770"))
    run.post(media=MEDIA)
    assert [type_ for _, type_ in notified(run)] == ["message-sending", "message-failed"]


@pytest.mark.parametrize("edition", ["2023", "2026"])
def test_an_mms_to_a_carrier_that_sends_no_receipts_stays_at_sending(edition):
    run = bench(edition, outcome("mms", "outcome: unreceipted"))
    run.post(media=MEDIA)
    assert notified(run) == [(1000, "message-sending")]


@pytest.mark.parametrize(
    ("edition", "events"),
    [
        ("2018-01", [(1000, "message-sent"), (3000, "message-failed")]),
        ("2023", [(2000, "message-failed")]),
        ("2026", [(3000, "message-failed")]),
    ],
)
def test_an_sms_that_the_carrier_refuses_was_sent_before(edition, events):
    run = bench(edition, outcome("sms", "outcome: failed, error: 4770"))
    run.post()
    assert notified(run) == events


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
def test_a_message_that_the_platform_itself_refuses_only_fails(edition):
    run = bench(edition, outcome("sms", "outcome: failed, error: 4432"))
    run.post()
    assert notified(run) == [(1000, "message-failed")]


@pytest.mark.parametrize(
    ("edition", "events"),
    [
        ("2018-01", [(1000, "message-sent", None)]),
        ("2023", [(2 * HOURS, "message-failed", 9902)]),
        ("2026", [(73 * HOURS + 1000, "message-failed", 9902)]),
    ],
)
def test_an_sms_without_a_receipt_fails_after_the_wait_of_the_edition(edition, events):
    run = bench(edition, outcome("sms", "outcome: unreceipted"))
    run.post()
    run.run()
    assert [
        (at, event["type"], event.get("errorCode")) for (at, _), (_, event) in zip(run.events, run.notifications(), strict=True)
    ] == events


def test_message_sent_is_told_in_2026_to_an_application_that_asks_for_it():
    asks = Application(APPLICATION, outbound_url=URL, callback_types=frozenset({"message-sent", "message-delivered"}))
    run = bench("2026", applications={APPLICATION: asks})
    run.post()
    assert notified(run) == [(1000, "message-sent"), (3000, "message-delivered")]


def test_message_sent_is_told_in_2026_on_an_account_whose_applications_all_ask_for_it():
    run = bench("2026", callback_types=frozenset({"message-sent", "message-sending", "message-delivered"}))
    run.post(media=MEDIA)
    assert notified(run) == [(1000, "message-sending"), (2000, "message-sent"), (6000, "message-delivered")]


def test_an_application_gets_only_the_types_it_asks_for():
    asks = Application(APPLICATION, outbound_url=URL, callback_types=frozenset({"message-failed"}))
    run = bench("2023", applications={APPLICATION: asks})
    run.post()
    assert notified(run) == []


def body(edition: str, **wanted: Any) -> dict[str, Any]:
    """Return the last event of a message posted to a fresh account."""
    run = bench(edition)
    run.post(**wanted)
    run.run()
    return list(run.notifications())[-1][1]


def test_a_2018_event_repeats_the_text_counts_no_segments_and_names_nobody_on_top():
    event = body("2018-01", tag="booking-81")
    identity = event["message"]["id"]
    assert event == {
        "type": "message-delivered",
        "time": "2018-01-24T16:00:03Z",
        "description": "Message delivered to carrier",
        "message": {
            "id": identity,
            "time": "2018-01-24T16:00:00Z",
            "to": [RECIPIENT],
            "from": SENDER,
            "text": "Your table is ready",
            "applicationId": APPLICATION,
            "tag": "booking-81",
            "owner": SENDER,
            "direction": "out",
        },
    }


def test_a_2023_event_has_an_empty_text_and_milliseconds():
    event = body("2023", tag="booking-81")
    assert list(event) == ["time", "type", "to", "description", "message"]
    assert event["time"] == "2018-01-24T16:00:02.000Z"
    assert (event["to"], event["description"]) == (RECIPIENT, "ok")
    assert list(event["message"]) == [
        "id",
        "owner",
        "applicationId",
        "time",
        "segmentCount",
        "direction",
        "to",
        "from",
        "text",
        "tag",
    ]
    assert (event["message"]["text"], event["message"]["segmentCount"]) == ("", 1)
    assert event["message"]["time"] == "2018-01-24T16:00:00.000Z"


def test_a_2026_event_has_microseconds():
    event = body("2026", media=MEDIA, text=None)
    assert event["time"] == "2018-01-24T16:00:06.000000Z"
    assert event["description"] == "Message delivered to handset."
    assert event["message"]["media"] == list(MEDIA)
    assert event["message"]["text"] == ""


@pytest.mark.parametrize(
    ("edition", "kind", "descriptions"),
    [
        ("2018-01", "sms", ["Outgoing message sent", "Message delivered to carrier"]),
        ("2023", "sms", ["ok"]),
        ("2023", "mms", ["Message is sending to carrier", "Message delivered to carrier"]),
        ("2026", "sms", ["Message sent to carrier", "Message delivered to handset."]),
        ("2026", "mms", ["Message is sending to carrier.", "Message sent to carrier", "Message delivered to handset."]),
    ],
)
def test_descriptions_are_those_of_the_edition(edition, kind, descriptions):
    run = bench(edition, callback_types=frozenset({"message-sent", "message-sending", "message-delivered"}))
    run.post(media=MEDIA if kind == "mms" else ())
    run.run()
    assert [event["description"] for _, event in run.notifications()] == descriptions


@pytest.mark.parametrize(
    ("edition", "code", "description"),
    [
        ("2018-01", 4432, "forbidden to country"),
        ("2018-01", 4770, "carrier blocked the message as spam"),
        ("2023", 4432, "forbidden to country"),
        ("2023", 4770, "destination-spam-detected"),
        ("2026", 4405, "rejected-unallocated-from-number"),
        ("2026", 9902, "delivery-receipt-expired"),
    ],
)
def test_a_failure_is_described_by_its_name_since_2020(edition, code, description):
    assert load_edition(edition).edition.failure_description(code) == description


def test_a_failed_event_names_recipient_and_code_in_every_edition():
    for edition in edition_names():
        run = bench(edition, outcome("group", f"callback: message-failed, error: 4432, to: '{OTHER}'"))
        run.post(to=[RECIPIENT, OTHER])
        run.run()
        (event,) = [event for _, event in run.notifications()]
        assert (event["to"], event["errorCode"], event["message"]["to"]) == (OTHER, 4432, [RECIPIENT, OTHER])


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
def test_an_inbound_event_has_the_full_text_and_names_the_own_number(edition):
    run = bench(edition)
    run.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Is it ready?"), run.now)
    run.perform()
    run.run()
    ((_, event),) = run.notifications()
    assert (event["type"], event["to"], event["description"]) == ("message-received", SENDER, "Incoming message received")
    assert (event["message"]["text"], event["message"]["direction"], event["message"]["owner"]) == ("Is it ready?", "in", SENDER)
    assert event["message"].get("segmentCount") == (None if edition == "2018-01" else 1)


def test_carrier_name_comes_with_the_account_feature_of_2026_alone():
    names = {}
    for edition in edition_names():
        run = bench(edition, carrier_name="AT&T")
        run.post()
        run.run()
        names[edition] = list(run.notifications())[-1][1].get("carrierName")
    assert names == {"2018-01": None, "2023": None, "2026": "AT&T"}


@pytest.mark.parametrize(
    ("edition", "mode"),
    [("2018-01", CredentialsMode.UPFRONT), ("2023", CredentialsMode.CHALLENGE), ("2026", CredentialsMode.CHALLENGE)],
)
def test_callback_credentials_wait_for_a_challenge_since_2020(edition, mode):
    assert load_edition(edition).edition.credentials_mode is mode


@pytest.mark.parametrize(("edition", "url"), [("2018-01", "http://number.test/"), ("2023", "http://request.test/")])
def test_the_url_is_that_of_the_senders_application_in_2018_and_of_the_requests_later(edition, url):
    numbers = {SENDER: "of-the-number"}
    applications = {
        "of-the-number": Application("of-the-number", outbound_url="http://number.test/"),
        APPLICATION: Application(APPLICATION, outbound_url="http://request.test/"),
    }
    run = bench(edition, numbers=numbers, applications=applications)
    run.post()
    run.run()
    assert {attempt.url for attempt in run.attempts} == {url}
