"""What handsets send (P14)."""

from __future__ import annotations

from typing import Any

import pytest

from mockbw.core.account import InboundDraft
from mockbw.core.model import Application
from mockbw.core.settings import AccountSettings
from tests.support import APPLICATION, RECIPIENT, SENDER, URL, CoreBench

SECOND_OWN = "+19195550198"
FOREIGN = "+13035550104"
FIRST_URL, SECOND_URL = "http://first.test/", "http://second.test/"


def received(run: CoreBench, *to: str, **rest: Any) -> list[tuple[str, dict[str, Any]]]:
    """Let a handset send to these numbers, and return the URL and event of every callback."""
    run.account.receive(InboundDraft(RECIPIENT, to, **rest), run.now)
    run.perform()
    run.run()
    return [(attempt.url, event) for attempt, event in run.notifications()]


def strict(edition: str = "2026") -> CoreBench:
    applications = {
        "first": Application("first", outbound_url="http://outbound.test/", inbound_url=FIRST_URL),
        "second": Application("second", outbound_url="http://outbound.test/", inbound_url=SECOND_URL),
    }
    numbers = {SENDER: "first", SECOND_OWN: "second"}
    settings = AccountSettings(strict=True, applications=applications, numbers=numbers)
    return CoreBench(edition=edition, settings=settings)


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
def test_a_group_to_two_own_numbers_is_two_messages_each_told_to_its_own_application(edition):
    (first_url, first), (second_url, second) = received(strict(edition), SENDER, FOREIGN, SECOND_OWN, text="Hello all")
    assert (first_url, second_url) == (FIRST_URL, SECOND_URL)
    assert (first["to"], first["message"]["owner"], first["message"]["applicationId"]) == (SENDER, SENDER, "first")
    assert (second["to"], second["message"]["owner"], second["message"]["applicationId"]) == (SECOND_OWN, SECOND_OWN, "second")
    assert first["message"]["id"] != second["message"]["id"]
    for event in (first, second):
        assert event["message"]["to"] == [SENDER, FOREIGN, SECOND_OWN]
        assert (event["message"]["from"], event["message"]["text"]) == (RECIPIENT, "Hello all")
        assert "tag" not in event["message"]


def test_a_message_to_a_number_that_is_not_the_accounts_reaches_nobody():
    assert received(strict(), FOREIGN, text="Hello") == []


def test_segments_are_counted_for_an_sms_and_are_one_for_an_mms():
    run = CoreBench(edition="2026")
    ((_, sms),) = received(run, SENDER, text="a" * 161)
    assert sms["message"]["segmentCount"] == 2
    mms = received(run, SENDER, text="a" * 161, media=("a.jpg",))[-1][1]
    assert mms["message"]["segmentCount"] == 1
    assert mms["message"]["media"][0].endswith(f"{mms['message']['id']}/0/a.jpg")


def test_an_answer_goes_to_the_application_that_wrote_last():
    run = CoreBench(edition="2026", settings=AccountSettings(callback_url=URL))
    run.post(application="some-application")
    run.run()
    event = received(run, SENDER, text="Yes")[-1][1]
    assert event["message"]["applicationId"] == "some-application"


@pytest.mark.parametrize("path", ["photo.jpg", "../../photo.jpg", "/etc/photo.jpg"])
def test_a_file_name_is_only_ever_the_last_part_of_a_path(path):
    event = received(CoreBench(edition="2023"), SENDER, media=(path,))[-1][1]
    identity = event["message"]["id"]
    expected = f"https://messaging.bandwidth.com/api/v2/users/9900000/media/{identity}/0/photo.jpg"
    assert event["message"]["media"] == [expected]


def test_an_outbound_event_never_goes_to_the_inbound_url():
    application = Application(APPLICATION, inbound_url=FIRST_URL)
    run = CoreBench(edition="2026", settings=AccountSettings(applications={APPLICATION: application}))
    message = run.post()
    run.run()
    assert run.attempts == []
    (withheld,) = [
        entry for entry in run.account.records.messages[message.id].withheld if "message-delivered" in entry.event.type
    ]
    assert withheld.because == f"application {APPLICATION} has no outbound callback URL"
