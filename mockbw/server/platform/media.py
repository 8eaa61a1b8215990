"""The media store: V2 at ``/users/{account}/media``, and the V1 store that 2018 used (P11)."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, unquote

from aiohttp import web

from mockbw.core.edition import MediaRules
from mockbw.core.model import Draft
from mockbw.core.optout import is_toll_free
from mockbw.core.validation import FieldError
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.engine.runner import AccountRunner
from mockbw.media.fetcher import TOO_LARGE, UNAVAILABLE, MediaFaultError, MediaFetcher, check_type
from mockbw.media.store import LONGEST_NAME, MediaFile, sample_file
from mockbw.server.keys import PREFIXES, SETTINGS
from mockbw.server.platform.errors import PlatformError, json_response
from mockbw.server.platform.gate import gate

__all__ = ["FETCHER", "add_routes", "file_at", "keep_file", "media_fault", "send_file"]

FETCHER = web.AppKey("fetcher", MediaFetcher)

TOLL_FREE_LIMIT = 525_000
"""The maximum total size of the media of an MMS from a toll-free number, in bytes (P11)."""

DRAINED = 128_000_000
"""How much of a file that is too large is read, so that its sender gets the error; then the connection is closed."""

LONGEST_HEADER = 255
"""How many characters the media type and the Cache-Control of a file may have."""

PIECE = 65_536
"""How many bytes of a file are written to a connection at once."""

_NAME = re.compile(r"/users/[^/]+/media/(.+)")
_ENCODED_SLASH = re.compile("(%2F)", re.IGNORECASE)


def add_routes(app: web.Application) -> None:
    """Serve both stores; the edition of an account determines which one it has."""
    app[FETCHER] = MediaFetcher(AllowedHosts(app[SETTINGS].callback_hosts))
    for prefix, version in (*((prefix, "v2") for prefix in PREFIXES), ("/v1", "v1")):
        app.router.add_route("*", f"{prefix}/users/{{account}}/media", _of(version, _list))
        app.router.add_route("*", f"{prefix}/users/{{account}}/media/{{name:.+}}", _of(version, _file))


_Handler = Callable[[web.Request, AccountRunner, MediaRules], Awaitable[web.StreamResponse]]


def _of(version: str, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def checked(request: web.Request, account: AccountRunner) -> web.StreamResponse:
        edition = account.edition
        if edition.media.version != version:
            where = "/v1/users/{account}/media" if edition.media.version == "v1" else "/api/v2/users/{account}/media"
            raise PlatformError("not-found", f"edition {edition.name} has no {version} media store; its store is at {where}")
        return await handler(request, account, edition.media)

    return gate(checked)


def _raw_name(request: web.Request) -> str:
    """Return the file's name as in the path, still percent-encoded."""
    found = _NAME.search(request.rel_url.raw_path)
    assert found is not None, "the route requires a name"
    return found[1]


def _decoded(raw: str) -> str:
    """Decode a name except for encoded slashes: the platform does not treat them as slashes (P2)."""
    return "".join(part.upper() if part.upper() == "%2F" else unquote(part) for part in _ENCODED_SLASH.split(raw))


def _shown(name: str) -> str:
    """Return the name as the user gave it: ``a/b`` although the path has ``a%2Fb``."""
    return name.replace("%2F", "/")


def _quoted(name: str) -> str:
    return "%2F".join(quote(part) for part in name.split("%2F"))


async def _list(request: web.Request, account: AccountRunner, rules: MediaRules) -> web.StreamResponse:
    if request.method not in ("GET", "HEAD"):
        raise PlatformError(
            "method-not-allowed", f"{request.method} is not supported for the list of media", method=request.method
        )
    after = _from_token(request.headers.get("Continuation-Token"))
    now = account.now()
    files, more = account.media.page(after, rules.page, now, rules.keep)
    base = f"{account.site}{account.media_path}"
    body = [
        {"contentLength": len(file.body), "mediaName": _shown(name), "content": f"{base}/{_quoted(name)}"} for name, file in files
    ]
    headers = {"Continuation-Token": urlsafe_b64encode(files[-1][0].encode()).decode()} if more else None
    account.record_request(request.method, request.path, 200)
    return json_response(body, headers=headers)


def _from_token(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return b64decode(token, altchars=b"-_", validate=True).decode()
    except (Base64Error, ValueError):
        problem = "'Continuation-Token' must be the token of the previous page"
        raise PlatformError("invalid", problem, [FieldError("Continuation-Token", problem)]) from None


async def _file(request: web.Request, account: AccountRunner, rules: MediaRules) -> web.StreamResponse:
    name = _decoded(_raw_name(request))
    match request.method:
        case "PUT":
            await keep_file(request, account, name)
            response: web.StreamResponse = web.Response(status=rules.put_status)
        case "GET" | "HEAD":
            file = _find(account, rules, name)
            if file is None:
                raise PlatformError("no-media", f"media {_shown(name)!r} does not exist or has expired", name=_shown(name))
            account.record_request(request.method, request.path, 200)
            return await send_file(request, account, file)
        case "DELETE":
            _check_name(name)
            _delete(account, name)
            response = web.Response(status=rules.delete_status)
        case method:
            raise PlatformError("method-not-allowed", f"{method} is not supported for a media file", method=method)
    account.record_request(request.method, request.path, response.status)
    return response


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        problem = f"The media name must not have more than {LONGEST_NAME} characters, and has {len(name)}"
        raise PlatformError("invalid", problem, [FieldError("mediaName", problem)])


def _check_header(name: str, value: str) -> None:
    """Refuse a header that could not be handed out again with the file."""
    if not (value.isascii() and len(value) <= LONGEST_HEADER):
        problem = f"The header '{name}' must be ASCII, of at most {LONGEST_HEADER} characters"
        raise PlatformError("invalid", problem, [FieldError(name, problem)])


async def keep_file(request: web.Request, account: AccountRunner, name: str) -> None:
    """Put the body of a request into an account's store.

    Raises:
        PlatformError: its name is too long, it is too large, or the store is full.
    """
    _check_name(name)
    kind, cache = request.headers.get("Content-Type", "application/octet-stream"), request.headers.get("Cache-Control")
    _check_header("Content-Type", kind)
    _check_header("Cache-Control", cache or "")
    rules = account.edition.media
    with account.media.uploading(name, rules.limit) as upload:
        upload.expect(request.content_length or 0)
        async for piece in request.content.iter_any():
            upload.add(piece)
            if upload.length > DRAINED:
                break
        if upload.too_large:
            raise PlatformError("too-large", f"the file is larger than {rules.limit} bytes", limit=rules.limit)
        file = MediaFile(upload.body(), kind, account.now(), cache)
    if upload.no_room or not account.media.put(name, file, rules.keep):
        limit = account.media.space.limit
        because = f"the media store is full ({limit} bytes): delete files, advance virtual time, or raise limits: {{media: …}}"
        raise PlatformError("too-large", because, limit=limit)


async def send_file(
    request: web.Request, account: AccountRunner, file: MediaFile, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Respond with a file, piece by piece as the client reads it, so that a slow client does not cost a copy of it."""
    response = web.StreamResponse(headers={"Content-Type": file.content_type, **(headers or {})})
    if file.cache_control is not None:
        response.headers["Cache-Control"] = file.cache_control
    response.content_length = len(file.body)
    with account.media.lent(file) as body:
        await response.prepare(request)
        if request.method != "HEAD":
            for start in range(0, len(body), PIECE):
                await response.write(body[start : start + PIECE])
        await response.write_eof()
    return response


def file_at(account: AccountRunner, path: str) -> MediaFile | None:
    """Return the file of an account's store at the path of a URL, or None."""
    folder = f"{account.media_path}/"
    if not path.startswith(folder):
        return None
    return _find(account, account.edition.media, _decoded(path.removeprefix(folder)))


def _find(account: AccountRunner, rules: MediaRules, name: str) -> MediaFile | None:
    """Return a stored file, or one that a handset sent: ``{message}/{index}/{file name}``."""
    now = account.now()
    stored = account.media.get(name, now, rules.keep)
    received = _received(account, name)
    if stored is not None or received is None or account.media.was_deleted(*received[:2]):
        return stored
    message_id, _, file_name = received
    message = account.records.messages[message_id].message
    if rules.keep_inbound is not None and now - message.time >= rules.keep_inbound:
        return None
    return account.media.get(file_name, now, rules.keep) or sample_file(file_name, message.time)


def _received(account: AccountRunner, name: str) -> tuple[str, int, str] | None:
    """Return the message, the index in its media and the file's name, if the name is that of a received file."""
    message_id, _, rest = name.partition("/")
    record = account.records.messages.get(message_id)
    index, _, file_name = rest.partition("/")
    if record is None or index not in map(str, range(len(record.message.media))):
        return None
    here = f"{account.media_path}/{quote(name)}"
    return (message_id, int(index), file_name) if record.message.media[int(index)].endswith(here) else None


def _delete(account: AccountRunner, name: str) -> None:
    account.media.delete(name)
    if (received := _received(account, name)) is not None:
        account.media.delete_received(*received[:2], account.records.messages)


async def media_fault(request: web.Request, account: AccountRunner, draft: Draft, fetcher: MediaFetcher) -> int | None:
    """Return the code with which the platform fails a message because of its media, or None (P11).

    Only with ``fetch-media``. The URLs are fetched before the 202: the platform does so afterwards, with the same result.
    """
    if not (account.settings.fetch_media and draft.media):
        return None
    edition = account.edition
    limit = min(edition.media.limit, TOLL_FREE_LIMIT) if is_toll_free(draft.sender) else edition.media.limit
    total = 0
    try:
        for url in draft.media:
            total += await _size(request, account, url, limit, fetcher)
            if is_toll_free(draft.sender) and total > TOLL_FREE_LIMIT:
                raise MediaFaultError(TOO_LARGE, f"the media together are longer than {TOLL_FREE_LIMIT} bytes")
    except MediaFaultError as fault:
        return fault.code if fault.code in edition.codes else UNAVAILABLE
    return None


async def _size(request: web.Request, account: AccountRunner, url: str, limit: int, fetcher: MediaFetcher) -> int:
    here = f"{request.scheme}://{request.host}{account.media_path}/"
    if not url.startswith(here):
        return await fetcher.size(url, limit)
    file = _find(account, account.edition.media, _decoded(url.removeprefix(here)))
    if file is None:
        raise MediaFaultError(UNAVAILABLE, f"{url} is not in the media store")
    check_type(file.content_type)
    if len(file.body) > limit:
        raise MediaFaultError(TOO_LARGE, f"{url} is longer than {limit} bytes")
    return len(file.body)
