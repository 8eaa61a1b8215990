"""Bandwidth's own SDK for Python against the running server: what it sends is understood, what it gets it can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import bandwidth
import pytest
from bandwidth.exceptions import (
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from bandwidth.models.callback import Callback
from bandwidth.models.create_message_request_error import CreateMessageRequestError
from bandwidth.models.message_request import MessageRequest
from bandwidth.models.multi_channel_message_request import MultiChannelMessageRequest

from mockbw.core.account import InboundDraft
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.scenario.loader import load_text
from tests.server.serving import ACCOUNT, Platform, platform
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

OTHER = "+19195550101"
PICTURE = "https://media.test/menu.png"
Result = TypeVar("Result")


@dataclass
class Client:
    """The SDK pointed at the server. Its calls block, so each goes to a thread."""

    server: Platform
    api: bandwidth.ApiClient

    async def call(self, operation: Callable[..., Result], *arguments: Any, **rest: Any) -> Result:
        return await asyncio.to_thread(operation, ACCOUNT, *arguments, **rest)

    @property
    def messages(self) -> bandwidth.MessagesApi:
        return bandwidth.MessagesApi(self.api)

    @property
    def media(self) -> bandwidth.MediaApi:
        return bandwidth.MediaApi(self.api)

    @property
    def multi_channel(self) -> bandwidth.MultiChannelApi:
        return bandwidth.MultiChannelApi(self.api)

    async def send(self, **changes: Any) -> Any:
        """Create a message that is right but for ``changes``."""
        fields = {"applicationId": APPLICATION, "to": [RECIPIENT], "from": SENDER, "text": "Your table is ready", **changes}
        return await self.call(self.messages.create_message, MessageRequest.from_dict(fields))


@asynccontextmanager
async def client(settings: AccountSettings | None = None, **configuration: Any) -> AsyncIterator[Client]:
    usual = {} if {"access_token", "client_id"} & set(configuration) else {"username": "user", "password": "secret"}
    async with platform("2026", settings) as server:
        url = server.double.url
        if "client_id" in configuration:
            configuration["access_token_url"] = f"{url}/api/v1/oauth2/token"
        chosen = {**usual, **configuration}
        api = bandwidth.ApiClient(
            bandwidth.Configuration(host=server.double.base_url, ignore_operation_servers=True, retries=0, **chosen)
        )
        try:
            yield Client(server, api)
        finally:
            api.rest_client.pool_manager.clear()


LOCKED = AccountSettings(
    api_credentials=(Credentials("user", "secret"),),
    barred_credentials=(Credentials("barred", "secret"),),
    bearer_tokens=("preset",),
)


# -- messages -------------------------------------------------------------------------------------------------------------


async def test_an_sms_is_created():
    async with client() as sdk:
        message = await sdk.send(tag="booking-81", priority="high", expiration="2018-01-25T00:00:00Z")
    assert (len(message.id), message.direction, message.segment_count) == (29, "out", 1)
    assert (message.owner, message.var_from, message.to, message.text) == (SENDER, SENDER, [RECIPIENT], "Your table is ready")
    assert (message.tag, message.priority, message.media) == ("booking-81", "high", None)


async def test_an_mms_and_a_group_are_created():
    async with client() as sdk:
        mms = await sdk.send(media=[PICTURE])
        group = await sdk.send(to=[RECIPIENT, OTHER])
    assert (mms.media, group.to, group.segment_count) == ([PICTURE], [RECIPIENT, OTHER], 1)


async def test_validation_errors_parse_into_the_sdks_own_model():
    async with client() as sdk:
        with pytest.raises(BadRequestException) as refused:
            await sdk.send(**{"from": "+invalid"})
    error = refused.value.data
    assert isinstance(error, CreateMessageRequestError)
    assert (error.type, error.description) == ("request-validation", "Your request could not be accepted")
    (field,) = error.field_errors
    assert field.field_name == "from"
    assert field.description == "'+invalid' must be replaced with a valid E164 formatted telephone number"


async def test_a_full_queue_is_an_exception_with_the_platforms_text():
    async with client(AccountSettings(rate=1, queue_seconds=1)) as sdk:
        await sdk.send()
        await sdk.send()
        with pytest.raises(ApiException) as refused:
            await sdk.send()
    assert (refused.value.status, refused.value.data.type) == (429, "max-message-queue-size-exceeded")


async def test_messages_are_listed_with_every_filter_and_page_by_page():
    async with client() as sdk:
        for _ in range(3):
            await sdk.send(to=[OTHER])
        page = await sdk.call(
            sdk.messages.list_messages,
            source_tn=SENDER,
            destination_tn=f"{OTHER},{RECIPIENT}",
            message_status="RECEIVED",
            message_direction="OUTBOUND",
            carrier_name="other",
            message_type="sms",
            error_code=0,
            from_date_time="2018-01-24T15:00:00.000Z",
            to_date_time="2018-01-24T17:00:00.000Z",
            bw_queued=False,
            carrier_queued=False,
            product="LOCAL_A2P",
            calling_number_country_a3="USA",
            called_number_country_a3="USA",
            from_segment_count=1,
            to_segment_count=1,
            from_message_size=1,
            to_message_size=100,
            sort="receiveTime:asc",
            limit=2,
            limit_total_count=True,
        )
        assert (page.total_count, len(page.messages)) == (3, 2)
        assert (page.messages[0].destination_tn, page.messages[0].error_code) == (OTHER, 0)
        rest = await sdk.call(sdk.messages.list_messages, message_type="sms", limit=2, page_token=page.page_info.next_page_token)
    assert len(rest.messages) == 1


async def test_a_list_without_parameters_is_refused():
    async with client() as sdk:
        with pytest.raises(BadRequestException) as refused:
            await sdk.call(sdk.messages.list_messages)
    assert refused.value.data.type == "request-validation"


# -- media ----------------------------------------------------------------------------------------------------------------


async def test_media_goes_up_is_listed_comes_down_and_is_deleted():
    name = "menus/today & tomorrow.png"
    async with client() as sdk:
        media = sdk.media
        await sdk.call(media.upload_media, name, b"\x89PNG\x00", _content_type="image/png", cache_control="no-cache")
        (listed,) = await sdk.call(media.list_media)
        assert (listed.media_name, listed.content_length) == (name, 5)
        down = await sdk.call(media.get_media_with_http_info, name)
        assert (bytes(down.data), down.headers["Content-Type"], down.headers["Cache-Control"]) == (
            b"\x89PNG\x00",
            "image/png",
            "no-cache",
        )
        deleted = await sdk.call(media.delete_media_with_http_info, name)
        assert deleted.status_code == 204
        with pytest.raises(NotFoundException) as gone:
            await sdk.call(media.get_media, name)
        assert json.loads(gone.value.body)["type"] == "object-not-found"


# -- multi-channel --------------------------------------------------------------------------------------------------------

YES = {"type": "REPLY", "text": "Yes", "postbackData": "eWVz"}
EVENT = {"title": "Dinner", "startTime": "2026-08-01T18:00:00Z", "endTime": "2026-08-01T20:00:00Z"}
CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"text": "Is eight fine?", "suggestions": [YES]},
    "media": {"media": [{"fileUrl": PICTURE, "thumbnailUrl": PICTURE}], "suggestions": [YES]},
    "card": {
        "orientation": "HORIZONTAL",
        "thumbnailImageAlignment": "LEFT",
        "cardContent": {
            "title": "Menu",
            "description": "Of today",
            "media": {"fileUrl": PICTURE, "height": "TALL"},
            "suggestions": [{**YES, "type": "OPEN_URL", "url": PICTURE, "application": "BROWSER"}],
        },
    },
    "carousel": {"cardWidth": "MEDIUM", "cardContents": [{"title": "1"}, {"title": "2"}], "suggestions": [YES]},
    "suggestions": {
        "text": "What now?",
        "suggestions": [
            {**YES, "type": "REQUEST_LOCATION"},
            {**YES, "type": "DIAL_PHONE", "phoneNumber": SENDER},
            {**YES, "type": "SHOW_LOCATION", "latitude": "35.7796", "longitude": "-78.6382", "label": "Here"},
            {**YES, "type": "CREATE_CALENDAR_EVENT", **EVENT},
            {**YES, "type": "OPEN_URL", "url": PICTURE, "application": "WEBVIEW", "webviewViewMode": "HALF"},
        ],
    },
}


def rbm(content: dict[str, Any]) -> dict[str, Any]:
    return {"from": "ExampleAgent", "applicationId": APPLICATION, "channel": "RBM", "content": content}


SMS = {"from": SENDER, "applicationId": APPLICATION, "channel": "SMS", "content": {"text": "Is eight fine?"}}
MMS = {**SMS, "channel": "MMS", "content": {"text": "Look", "media": [{"fileUrl": PICTURE}]}}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
async def test_every_rbm_content_with_sms_and_mms_to_fall_back_to_is_created(content):
    request = {"to": RECIPIENT, "channelList": [rbm(content), MMS, SMS], "tag": "t", "priority": "high"}
    async with client() as sdk:
        wanted = MultiChannelMessageRequest.from_dict(request)
        response = await sdk.call(sdk.multi_channel.create_multi_channel_message, wanted)
    data = response.data
    assert (len(data.id), data.to, data.tag, data.direction) == (29, [RECIPIENT], "t", "out")
    entries = [entry.actual_instance for entry in data.channel_list]
    assert [(entry.channel, entry.owner) for entry in entries] == [("RBM", "ExampleAgent"), ("MMS", SENDER), ("SMS", SENDER)]
    assert response.errors == []


async def test_multi_channel_errors_parse_into_the_sdks_own_model():
    async with client() as sdk:
        request = MultiChannelMessageRequest.from_dict({"to": RECIPIENT, "channelList": [{**SMS, "from": "+invalid"}]})
        with pytest.raises(BadRequestException) as refused:
            await sdk.call(sdk.multi_channel.create_multi_channel_message, request)
    (error,) = refused.value.data.errors
    assert (error.type, error.source.var_field) == ("request-validation", "channelList[0].from")
    assert error.description == "The 'channelList[0].from' field must contain exactly one telephone number"


# -- credentials ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "configuration",
    [
        {"username": "user", "password": "secret"},
        {"access_token": "preset"},
        {"client_id": "user", "client_secret": "secret"},
    ],
    ids=["basic", "preset token", "client credentials"],
)
async def test_every_kind_of_credentials_opens_the_account(configuration):
    async with client(LOCKED, **configuration) as sdk:
        assert (await sdk.send()).to == [RECIPIENT]


@pytest.mark.parametrize(
    ("configuration", "error", "type_"),
    [
        ({"username": "user", "password": "wrong"}, UnauthorizedException, "unauthorized"),
        ({"access_token": "made-up"}, UnauthorizedException, "unauthorized"),
        ({"username": "barred", "password": "secret"}, ForbiddenException, "forbidden"),
    ],
)
async def test_wrong_credentials_are_the_sdks_own_exceptions(configuration, error, type_):
    async with client(LOCKED, **configuration) as sdk:
        with pytest.raises(error) as refused:
            await sdk.send()
    assert refused.value.data.type == type_


# -- callbacks ------------------------------------------------------------------------------------------------------------

STORY = """
name: everything
match: {kind: rbm}
timeline:
  - outcome: delivered
  - {callback: message-read, after: 1s}
  - {reply: "Yes", suggestion: eWVz, after: 1s}
  - {reply: "", location: "35.7796,-78.6382", after: 1s}
  - {reply: "See you", after: 1s}
---
name: refused
match: {to: "+19195550101"}
timeline: [{outcome: failed, error: 4770}]
"""


async def test_callbacks_of_every_type_parse_into_the_sdks_own_models():
    wanted = frozenset({"message-sending", "message-sent", "message-delivered", "message-failed", "message-read"})
    async with Endpoint() as endpoint:
        settings = AccountSettings(callback_url=endpoint.url, callback_types=wanted, carrier_name="AT&T")
        async with client(settings) as sdk:
            account = sdk.server.account
            account.set_scenarios(load_text(STORY))
            request = MultiChannelMessageRequest.from_dict({"to": RECIPIENT, "channelList": [rbm(CONTENTS["text"])], "tag": "t"})
            await sdk.call(sdk.multi_channel.create_multi_channel_message, request)
            await sdk.send(media=[PICTURE], priority="high")
            await sdk.send(to=[OTHER])
            account.receive(InboundDraft(RECIPIENT, (SENDER,), "Look", ("photo.jpg",)))
            await account.settle()
    parsed = [Callback.from_json(json.dumps(event)).actual_instance for event in endpoint.events]
    assert {callback.type.value for callback in parsed} == {
        *wanted,
        "message-received",
        "suggestion-response",
        "requested-location-response",
    }
    by_type = {callback.type.value: callback for callback in parsed}
    assert by_type["message-failed"].error_code == 4770
    assert by_type["message-read"].event_time == by_type["message-read"].time
    assert by_type["suggestion-response"].message.suggestion_response.postback_data == "eWVz"
    assert by_type["requested-location-response"].message.location_response.latitude == "35.7796"
    assert by_type["message-sending"].message.media == [PICTURE]
    assert by_type["message-delivered"].carrier_name == "AT&T"
