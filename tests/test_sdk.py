"""The platform's own client against the fixture."""

from __future__ import annotations

import pytest
from bandwidth import ApiClient, MessageRequest, MessagesApi
from bandwidth.exceptions import BadRequestException

from mockbw.sdk import configuration
from tests.testing.support import RECIPIENT, SENDER

REQUEST = MessageRequest.from_dict(
    {"applicationId": "93de2206-9669-4e07-948d-329f4b722ee2", "from": SENDER, "to": [RECIPIENT], "text": "Your table is ready"}
)


@pytest.mark.mockbw(edition="2026")
@pytest.mark.parametrize("credentials", [{}, {"client_id": "id", "client_secret": "secret"}], ids=["basic", "oauth"])
def test_the_sdk_sends_through_mockbw(mockbw, credentials):
    with ApiClient(configuration(mockbw, **credentials)) as client:
        answer = MessagesApi(client).create_message(mockbw.account_id, REQUEST)
    assert answer.id == mockbw.assert_sent(to=RECIPIENT, text="Your table is ready").id


@pytest.mark.mockbw(edition="2026")
def test_the_sdk_takes_a_base_url_and_raises_the_platforms_errors(mockbw):
    mockbw.allow_refused_requests()
    wrong = REQUEST.model_copy(update={"var_from": "+invalid"})
    with ApiClient(configuration(mockbw.base_url)) as client, pytest.raises(BadRequestException) as caught:
        MessagesApi(client).create_message(mockbw.account_id, wrong)
    assert caught.value.status == 400
