"""Pictures and files in the control API: uploads for a handset to send, and those of messages for people to look at.

The platform's own store requires the application's credentials, and requests to it count as the application's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from mockbw.server.control.messages import message_of
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable, missing
from mockbw.server.control.schemas import views as v
from mockbw.server.platform.errors import PlatformError
from mockbw.server.platform.media import file_at, keep_file, send_file

__all__ = ["TABLE"]

TABLE = RouteTable()

_ANY_TYPE = "application/octet-stream"


@TABLE.route("PUT", "accounts/{account}/media/{name}", status=201, refusals=(413,), body_types={_ANY_TYPE: "The file; any type."})
async def put_media(call: ControlRequest) -> v.MediaView:
    """Upload a file for a handset to send: name it in `media` of the inbound message.

    It is put into the account's media store, with the limits of the edition.
    """
    account, name = call.begin(), call.name("name")
    if "/" in name:
        raise ControlError(422, f"{name[:100]!r} is not a valid name for a file", "Remove the slash")
    try:
        await keep_file(call.request, account, name)
    except PlatformError as refused:
        raise ControlError(413 if refused.reason == "too-large" else 422, refused.because) from None
    return v.MediaView(name=name)


@TABLE.route("GET", "accounts/{account}/messages/{message}/media/{index}", media_type=_ANY_TYPE)
async def get_message_media(call: ControlRequest) -> web.StreamResponse:
    """Return a picture or file of a message, counted from 0, if it is in the account's media store.

    Nothing is fetched from elsewhere, and the journal does not record it as a request of the application.
    """
    account, index = call.account, call.name("index")
    media = message_of(account, call.name("message")).message.media
    if index not in map(str, range(len(media))):
        raise missing("picture or file", index, f"The message has {len(media)}, counted from 0")
    url = media[int(index)]
    file = file_at(account, urlsplit(url).path)
    if file is None:
        raise ControlError(404, f"{url[:500]} is not in the media store of account {account.name}.")
    # Whatever it contains, a browser must not run it as part of the page.
    return await send_file(call.request, account, file, {"Content-Security-Policy": "sandbox"})
