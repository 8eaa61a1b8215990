"""The media stores over HTTP, media that handsets send, and media that is fetched before it is sent (P11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from aiohttp import web

from mockbw.config.settings import ServerLimits
from mockbw.core.account import InboundDraft
from mockbw.core.clock import DAY
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.media.fetcher import MediaFaultError, MediaFetcher
from mockbw.media.store import MediaFile
from tests.server.serving import ACCOUNT, as_written, platform
from tests.support import RECIPIENT, SENDER, Endpoint

PNG = {"Content-Type": "image/png"}
HOUR = 3_600_000


@pytest.mark.parametrize("edition", ["2023", "2026"])
async def test_a_file_is_put_fetched_and_deleted(edition):
    async with platform(edition) as server:
        put = await server.request("PUT", "media/menu.png", data=b"\x89PNG", headers={**PNG, "Cache-Control": "no-cache"})
        got = await server.request("GET", "media/menu.png")
        deleted = await server.request("DELETE", "media/menu.png")
        gone = await server.request("GET", "media/menu.png")
    assert (put.status, put.body) == (204, b"")
    assert (got.status, got.body) == (200, b"\x89PNG")
    assert (got.headers["Content-Type"], got.headers["Cache-Control"]) == ("image/png", "no-cache")
    assert (deleted.status, deleted.body) == (204, b"")
    assert (gone.status, gone.json) == (
        404,
        {"type": "object-not-found", "description": "The media 'menu.png' was not found"},
    )


async def test_deleting_what_never_was_is_no_error():
    async with platform() as server:
        assert (await server.request("DELETE", "media/menu.png")).status == 204


async def test_the_store_of_2018_is_the_v1_one_and_answers_200():
    async with platform("2018-01") as server:
        path = f"/v1/users/{ACCOUNT}/media/menu.png"
        statuses = [
            (await server.request("PUT", path, data=b"\x89PNG", headers=PNG)).status,
            (await server.request("GET", path)).status,
            (await server.request("GET", f"/v1/users/{ACCOUNT}/media")).status,
            (await server.request("DELETE", path)).status,
        ]
        v2 = await server.request("PUT", "media/menu.png", data=b"\x89PNG", headers=PNG)
        (refused,) = [entry for entry in server.account.records.requests if entry.status == 404]
    assert statuses == [200, 200, 200, 200]
    assert v2.status == 404
    assert refused.because == "edition 2018-01 has no v2 media store; its store is at /v1/users/{account}/media"


@pytest.mark.parametrize("edition", ["2023", "2026"])
async def test_the_v1_store_is_gone_in_later_editions(edition):
    async with platform(edition) as server:
        assert (await server.request("GET", f"/v1/users/{ACCOUNT}/media")).status == 404


async def test_a_name_may_have_slashes_and_an_encoded_slash_is_no_slash():
    async with platform() as server:
        await server.request("PUT", "media/a/b/menu.png", data=b"1", headers=PNG)
        encoded = await server.request("GET", "media/a%2Fb%2Fmenu.png")
        assert (await server.request("GET", "media/a/b/menu.png")).body == b"1"
        assert encoded.status == 404


async def test_a_name_encoded_as_the_sdks_do_it_is_found_again_and_listed_as_it_was_given():
    async with platform() as server:
        await server.request("PUT", "media/a%2Fmen%C3%BC%20%26%20more.png", data=b"1", headers=PNG)
        (listed,) = (await server.request("GET", "media")).json
        assert (await server.request("GET", "media/a%2Fmen%C3%BC%20%26%20more.png")).body == b"1"
        async with server.session.get(as_written(listed["content"])) as response:
            assert await response.read() == b"1"
    assert listed["mediaName"] == "a/menü & more.png"


async def test_putting_a_file_again_replaces_it():
    async with platform() as server:
        for body in (b"1", b"22"):
            await server.request("PUT", "media/menu.png", data=body, headers=PNG)
        (listed,) = (await server.request("GET", "media")).json
    assert listed == {
        "contentLength": 2,
        "mediaName": "menu.png",
        "content": f"{server.double.url}/api/v2/users/{ACCOUNT}/media/menu.png",
    }


async def test_a_list_longer_than_a_page_goes_on_with_its_token():
    async with platform() as server:
        for number in range(1001):
            account_put(server, f"{number:04d}.txt")
        first = await server.request("GET", "media")
        token = first.headers["Continuation-Token"]
        second = await server.request("GET", "media", headers={"Continuation-Token": token})
    assert [len(first.json), first.json[-1]["mediaName"]] == [1000, "0999.txt"]
    assert [entry["mediaName"] for entry in second.json] == ["1000.txt"]
    assert "Continuation-Token" not in second.headers


def account_put(server, name: str) -> None:
    account = server.account
    account.media.put(name, MediaFile(b"1", "text/plain", account.now()), None)


async def test_a_token_that_is_none_is_refused():
    async with platform() as server:
        answer = await server.request("GET", "media", headers={"Continuation-Token": "%%%"})
    assert (answer.status, answer.json["type"]) == (400, "request-validation")


async def test_a_file_is_kept_for_48_hours_of_virtual_time():
    async with platform() as server:
        await server.request("PUT", "media/menu.png", data=b"1", headers=PNG)
        await server.account.advance(48 * HOUR - 1)
        assert (await server.request("GET", "media/menu.png")).status == 200
        await server.account.advance(1)
        assert (await server.request("GET", "media/menu.png")).status == 404
        assert (await server.request("GET", "media")).json == []


@pytest.mark.parametrize(("edition", "limit"), [("2023", 3_750_000), ("2026", 3_500_000)])
async def test_a_file_over_the_limit_is_refused(edition, limit):
    async with platform(edition) as server:
        fits = await server.request("PUT", "media/a.png", data=BytesIO(b"a" * limit), headers=PNG)
        over = await server.request("PUT", "media/b.png", data=BytesIO(b"a" * (limit + 1)), headers=PNG)
        got = await server.request("GET", "media/a.png")
    assert (fits.status, len(got.body)) == (204, limit)
    assert (over.status, over.json["description"]) == (400, f"The request is larger than {limit} bytes")


ROOM = 20_000


async def test_a_full_store_refuses_and_says_why_in_the_journal():
    async with platform(limits=ServerLimits(media=ROOM)) as server:
        await server.request("PUT", "media/a.png", data=b"a" * 16_000, headers=PNG)
        assert (await server.request("PUT", "media/b.png", data=b"a" * 16_000, headers=PNG)).status == 400
        assert (await server.request("PUT", "media/a.png", data=b"a" * 18_000, headers=PNG)).status == 204
        because = [entry.because for entry in server.account.records.requests if entry.status == 400]
    assert because == ["the media store is full (20000 bytes): delete files, advance virtual time, or raise limits: {media: …}"]


async def test_all_accounts_share_the_room_and_a_reset_gives_it_back():
    async with platform(limits=ServerLimits(media=ROOM)) as server:
        other = "/api/v2/users/9900001/media/a.png"
        await server.request("PUT", "media/a.png", data=b"a" * 16_000, headers=PNG)
        assert (await server.request("PUT", other, data=b"a" * 16_000, headers=PNG)).status == 400
        server.account.reset()
        assert (await server.request("PUT", other, data=b"a" * 16_000, headers=PNG)).status == 204


async def test_media_needs_the_accounts_credentials():
    async with platform("2026", AccountSettings(api_credentials=(Credentials("token", "secret"),))) as server:
        assert (await server.request("GET", "media")).status == 401


async def test_a_reset_forgets_the_files():
    async with platform() as server:
        await server.request("PUT", "media/menu.png", data=b"1", headers=PNG)
        server.account.reset()
        assert (await server.request("GET", "media/menu.png")).status == 404


# -- what handsets send ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edition", "prefix"), [("2018-01", "/v1"), ("2023", "/api/v2"), ("2026", "/api/v2")])
async def test_media_of_an_inbound_message_can_be_fetched_where_the_event_says(edition, prefix, endpoint):
    async with platform(edition, AccountSettings(callback_url=endpoint.url)) as server:
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Look", ("photo one.jpg", "card.txt")))
        await server.account.settle()
        (event,) = endpoint.events
        identity = event["message"]["id"]
        base = f"{server.double.url}{prefix}/users/{ACCOUNT}/media/{identity}"
        assert event["message"]["media"] == [f"{base}/0/photo%20one.jpg", f"{base}/1/card.txt"]
        async with server.session.get(event["message"]["media"][0]) as response:
            assert (response.status, response.content_type) == (200, "image/jpeg")
            assert (await response.read())[:3] == b"\xff\xd8\xff"
        async with server.session.get(as_written(f"{base}%2F0%2Fphoto%20one.jpg")) as response:
            assert response.status == 404


async def test_an_inbound_file_that_was_uploaded_has_the_uploaded_bytes(endpoint):
    async with platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        await server.request("PUT", "media/photo.jpg", data=b"my photo", headers={"Content-Type": "image/jpeg"})
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Look", ("photo.jpg",)))
        await server.account.settle()
        async with server.session.get(endpoint.events[0]["message"]["media"][0]) as response:
            assert await response.read() == b"my photo"


async def test_a_whole_url_stays_as_it_is(endpoint):
    async with platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Look", ("https://elsewhere.test/photo.jpg",)))
        await server.account.settle()
    assert endpoint.events[0]["message"]["media"] == ["https://elsewhere.test/photo.jpg"]


@pytest.mark.parametrize(("edition", "days"), [("2018-01", 30), ("2023", 2), ("2026", 2)])
async def test_inbound_media_expires_in_virtual_time_and_can_be_deleted_before(edition, days, endpoint):
    async with platform(edition, AccountSettings(callback_url=endpoint.url)) as server:
        messages = [server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "", ("a.gif",)))[0] for _ in range(2)]
        kept, deleted = (message.media[0].removeprefix(server.double.url) for message in messages)
        await server.request("DELETE", deleted)
        await server.account.advance(days * DAY - 1)
        assert [(await server.request("GET", path)).status for path in (kept, deleted)] == [200, 404]
        await server.account.advance(1)
        assert (await server.request("GET", kept)).status == 404


# -- what is fetched before it is sent ------------------------------------------------------------------------------------


@asynccontextmanager
async def files() -> AsyncIterator[str]:
    """Serve ``/{type}/{subtype}/{length}``."""

    async def serve(request: web.Request) -> web.Response:
        kind = f"{request.match_info['type']}/{request.match_info['subtype']}"
        return web.Response(body=b"a" * int(request.match_info["length"]), headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/{type}/{subtype}/{length:[0-9]+}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("edition", "sender", "paths", "codes"),
    [
        ("2026", SENDER, ["image/png/3500000", "image/jpeg/10"], []),
        ("2026", SENDER, ["image/png/10", "missing"], [4410]),
        ("2026", SENDER, ["image/png/3500001"], [4411]),
        ("2026", SENDER, ["application/x-msdownload/10"], [4412]),
        ("2018-01", SENDER, ["application/x-msdownload/10"], [4410]),
        ("2026", "+18885550100", ["image/png/300000", "image/png/225000"], []),
        ("2026", "+18885550100", ["image/png/300000", "image/png/225001"], [4411]),
    ],
)
async def test_media_that_cannot_be_sent_fails_the_message_where_it_is_fetched(edition, sender, paths, codes, endpoint):
    settings = AccountSettings(callback_url=endpoint.url, fetch_media=True)
    async with files() as site, platform(edition, settings) as server:
        answer = await server.post(media=[f"{site}/{path}" for path in paths], **{"from": sender})
        await server.account.settle()
    assert answer.status == 202
    assert [event["errorCode"] for event in endpoint.events if "errorCode" in event] == codes


async def test_media_of_the_own_store_is_looked_up_there(endpoint):
    settings = AccountSettings(callback_url=endpoint.url, fetch_media=True, api_credentials=(Credentials("token", "secret"),))
    authorization = {"Authorization": "Basic dG9rZW46c2VjcmV0"}
    async with platform("2026", settings) as server:
        base = f"{server.double.url}/api/v2/users/{ACCOUNT}/media"
        await server.request("PUT", "media/a.png", data=b"1", headers={**PNG, **authorization})
        for name in ("a.png", "b.png"):
            await server.post(headers=authorization, media=[f"{base}/{name}"])
        await server.account.settle()
    codes = {event["message"]["media"][0].rpartition("/")[2]: event.get("errorCode") for event in endpoint.events}
    assert codes == {"a.png": None, "b.png": 4410}


async def test_media_is_not_fetched_unless_it_is_wanted():
    async with Endpoint() as endpoint, platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        await server.post(media=["http://127.0.0.1:1/nobody"])
        await server.account.settle()
    assert endpoint.types == ["message-sending", "message-delivered"]


async def test_media_is_not_fetched_from_a_host_that_is_not_allowed(endpoint):
    async with files() as site:
        fetcher = MediaFetcher(AllowedHosts(["media.example.com"]))
        with pytest.raises(MediaFaultError, match=r"127\.0\.0\.1 may not be called: see callback-hosts") as fault:
            await fetcher.size(f"{site}/image/png/10", 100)
    assert fault.value.code == 4410
