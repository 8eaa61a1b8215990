"""Whatever a client sends, edition 2026 answers with a status and a body that the platform documents (P16).

The statuses are those of the platform's API description; the bodies are read by the models of its own SDK, which are
made from the same description.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest
from bandwidth.models.create_message_request_error import CreateMessageRequestError
from bandwidth.models.create_multi_channel_message_response import CreateMultiChannelMessageResponse
from bandwidth.models.media import Media
from bandwidth.models.message import Message
from bandwidth.models.messages_list import MessagesList
from bandwidth.models.messaging_request_error import MessagingRequestError
from bandwidth.models.multi_channel_error import MultiChannelError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockbw.core.message_list import PARAMETERS
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from tests.server.serving import ACCOUNT, Answer, Platform, platform
from tests.support import APPLICATION, RECIPIENT, SENDER, examples

CREATE = {202, 400, 401, 403, 404, 405, 406, 415, 429, 500}
LIST = {200, 400, 401, 403, 404, 405, 415, 429, 500}
MEDIA = {400, 401, 403, 404, 406, 415, 429, 500}

MANY = settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])


class Client:
    """The server and one event loop, for properties that are no coroutines themselves."""

    def __init__(self, runner: asyncio.Runner, server: Platform) -> None:
        self._runner, self._server = runner, server

    def request(self, method: str, path: str, **rest: Any) -> Answer:
        """Make a request; a status of 500 is never right."""
        answer = self._runner.run(self._server.request(method, path, **rest))
        assert answer.status != 500, answer.body
        return answer


@pytest.fixture
def client() -> Iterator[Client]:
    account = AccountSettings(api_credentials=(Credentials("user", "secret"),), rate=20, queue_seconds=20)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        server = runner.run(stack.enter_async_context(platform("2026", account)))
        try:
            yield Client(runner, server)
        finally:
            runner.run(stack.aclose())


def error_is_documented(answer: Answer, model: Any = MessagingRequestError) -> None:
    assert model.from_dict(answer.json) is not None
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def mostly(usual: Any) -> st.SearchStrategy[Any]:
    """Return a strategy that keeps what is right more often than not, so that a request can get far."""
    return st.integers(0, 15).flatmap(lambda dice: JSON if dice == 15 else st.just(usual))


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
MESSAGE = st.fixed_dictionaries(
    {"applicationId": mostly(APPLICATION), "from": mostly(SENDER), "to": mostly([RECIPIENT]), "text": mostly("Hello")},
    optional={
        "media": mostly(["https://media.test/menu.png"]),
        "tag": mostly("t"),
        "priority": mostly("high"),
        "expiration": mostly("2030-01-01T00:00:00Z"),
    },
)
SUGGESTION = st.fixed_dictionaries(
    {"type": mostly("OPEN_URL"), "text": mostly("Open"), "postbackData": mostly("eWVz"), "url": mostly("https://a.test")},
    optional={"application": mostly("BROWSER"), "latitude": JSON, "phoneNumber": JSON},
)
CARD = st.fixed_dictionaries({"title": mostly("Menu")}, optional={"media": JSON, "suggestions": st.lists(SUGGESTION, max_size=5)})
CONTENT = st.one_of(
    JSON,
    st.fixed_dictionaries({"text": mostly("Hello")}, optional={"suggestions": st.lists(SUGGESTION, max_size=3)}),
    st.fixed_dictionaries({"media": st.lists(st.fixed_dictionaries({"fileUrl": mostly("https://a.test/b")}), max_size=2)}),
    st.fixed_dictionaries({"orientation": mostly("VERTICAL"), "cardContent": CARD}),
    st.fixed_dictionaries({"cardWidth": mostly("SMALL"), "cardContents": st.lists(CARD, max_size=3)}),
)
CHANNEL = st.fixed_dictionaries(
    {
        "from": mostly(SENDER),
        "applicationId": mostly(APPLICATION),
        "channel": st.sampled_from(["RBM", "SMS", "MMS", "FAX"]),
        "content": CONTENT,
    }
)
MULTI_CHANNEL = st.fixed_dictionaries(
    {"to": mostly(RECIPIENT), "channelList": st.one_of(st.lists(CHANNEL, min_size=1, max_size=5), JSON)},
    optional={"tag": mostly("t"), "priority": mostly("high"), "expiration": mostly("2030-01-01T00:00:00Z")},
)
AUTHORIZATION = st.sampled_from([*["Basic dXNlcjpzZWNyZXQ="] * 6, "Basic dXNlcjp3cm9uZw==", "Basic ?", "Bearer x", ""])
TYPES = st.sampled_from([*["application/json"] * 6, "application/json; charset=UTF-8", "text/plain", "", "a/b; c"])
ACCEPTS = st.sampled_from([*["application/json"] * 6, "*/*", "text/html", ""])
RIGHT = {"Authorization": "Basic dXNlcjpzZWNyZXQ=", "Content-Type": "application/json", "Accept": "application/json"}
HEADERS = st.one_of(
    st.just(RIGHT), st.fixed_dictionaries({"Authorization": AUTHORIZATION, "Content-Type": TYPES, "Accept": ACCEPTS})
)


def body_of(value: Any) -> st.SearchStrategy[bytes]:
    """Return the bytes of a value as JSON, now and then cut short."""
    whole = value.map(lambda data: json.dumps(data).encode())
    return st.one_of(whole, whole, whole, whole.map(lambda data: data[:-1]), st.binary(max_size=20))


@MANY
@given(body=body_of(MESSAGE), headers=HEADERS)
def test_create_message_is_answered_as_documented(client: Client, body: bytes, headers: Mapping[str, str]):
    answer = client.request("POST", "messages", data=body, headers=headers)
    assert answer.status in CREATE
    if answer.status == 202:
        assert Message.from_dict(answer.json) is not None
    else:
        error_is_documented(answer, CreateMessageRequestError)


@MANY
@given(body=body_of(MULTI_CHANNEL), headers=HEADERS)
def test_create_multi_channel_message_is_answered_as_documented(client: Client, body: bytes, headers: Mapping[str, str]):
    answer = client.request("POST", "messages/multiChannel", data=body, headers=headers)
    assert answer.status in CREATE
    if answer.status == 202:
        assert CreateMultiChannelMessageResponse.from_dict(answer.json) is not None
    elif answer.status == 406:
        assert answer.body == b""
    else:
        error_is_documented(answer, MultiChannelError)


VALUES = st.one_of(
    TEXT,
    st.sampled_from(["+1919", SENDER, "sms", "OUTBOUND", "RECEIVED", "true", "false", "receiveTime:asc", "YWZ0ZXItMg=="]),
    st.integers(-1, 20_000).map(str),
    st.datetimes().map(lambda instant: instant.isoformat(timespec="milliseconds") + "Z"),
)


@MANY
@given(query=st.dictionaries(st.sampled_from(PARAMETERS) | TEXT, VALUES, max_size=3), headers=HEADERS)
def test_list_messages_is_answered_as_documented(client: Client, query: Mapping[str, str], headers: Mapping[str, str]):
    written = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items())
    answer = client.request("GET", f"messages?{written}", headers=headers)
    assert answer.status in LIST
    if answer.status == 200:
        assert MessagesList.from_dict(answer.json) is not None
    else:
        error_is_documented(answer)


NAMES = st.one_of(TEXT.filter(bool), st.sampled_from(["menu.png", "a/b/menu.png", "..", "a//b", "%"]))


@MANY
@given(
    method=st.sampled_from(["PUT", "GET", "DELETE"]),
    name=NAMES,
    encode_slashes=st.booleans(),
    body=st.binary(max_size=20),
    headers=HEADERS,
)
def test_media_is_answered_as_documented(
    client: Client, method: str, name: str, encode_slashes: bool, body: bytes, headers: Mapping[str, str]
):
    path = f"media/{quote(name, safe='' if encode_slashes else '/')}"
    answer = client.request(method, path, data=body if method == "PUT" else None, headers=headers)
    if answer.status not in (200, 204):
        assert answer.status in MEDIA
        error_is_documented(answer)
    elif method != "GET":
        assert (answer.status, answer.body) == (204, b"")
    listed = client.request("GET", "media", headers={"Authorization": "Basic dXNlcjpzZWNyZXQ="})
    assert listed.status == 200
    assert all(Media.from_dict(file) is not None for file in listed.json)


@MANY
@given(token=TEXT.map(lambda text: quote(text, safe="")), headers=HEADERS)
def test_a_page_of_media_is_answered_as_documented(client: Client, token: str, headers: Mapping[str, str]):
    answer = client.request("GET", "media", headers={**headers, "Continuation-Token": token})
    assert answer.status in {200, *MEDIA}
    if answer.status != 200:
        error_is_documented(answer)


@MANY
@given(
    path=st.sampled_from(["/api/v1/oauth2/token", "/api/v2/users", f"/api/v2/users/{ACCOUNT}", "/", "/api/v2/users//messages"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    body=st.binary(max_size=30) | st.just(b"grant_type=client_credentials"),
    headers=HEADERS,
)
def test_no_path_fails_inside(client: Client, path: str, method: str, body: bytes, headers: Mapping[str, str]):
    answer = client.request(method, path, data=body, headers=headers)
    assert answer.status in {200, 400, 401, 403, 404, 405}
