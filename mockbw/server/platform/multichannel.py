"""``POST /users/{account}/messages/multiChannel``: one message, several channels, tried in order (P13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mockbw.core.application_time import Present
from mockbw.core.edition import Edition, RequestLimits
from mockbw.core.model import ChannelEntry, Draft, Kind, Message, Priority
from mockbw.core.payload import format_time
from mockbw.core.segments import count_segments
from mockbw.core.validation import FieldError, is_number, is_sender, parse_expiration
from mockbw.engine.runner import AccountRunner
from mockbw.server.keys import JOURNAL, PREFIXES
from mockbw.server.platform.errors import PlatformError
from mockbw.server.platform.gate import check_accept, check_content_type, check_journal, gate, read_json
from mockbw.server.platform.messages import answer_submission
from mockbw.server.platform.rbm import content_check

__all__ = ["add_routes", "validate_multichannel"]

_KINDS = {"RBM": Kind.RBM, "SMS": Kind.SMS, "MMS": Kind.MMS}
MOST_CHANNELS = 4


def add_routes(app: web.Application) -> None:
    """Serve multi-channel messages below every prefix."""
    for prefix in PREFIXES:
        app.router.add_route("*", f"{prefix}/users/{{account}}/messages/multiChannel", gate(multi_channel))


async def multi_channel(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    """Respond to any method on the multi-channel messages of an account."""
    edition = account.edition
    if not edition.features.multi_channel:
        raise PlatformError("not-found", f"edition {edition.name} has no multi-channel messages; edition 2026 does")
    if request.method != "POST":
        raise PlatformError(
            "method-not-allowed", f"{request.method} is not supported for multi-channel messages", method=request.method
        )
    check_content_type(request)
    check_accept(request)
    check_journal(request.app[JOURNAL])
    data = await read_json(request)
    draft = validate_multichannel(data, edition.limits, account.present())
    if isinstance(draft, list):
        raise PlatformError("invalid", "; ".join(error.description for error in draft), draft)
    submission = account.submit(draft)
    body = _answer(edition, submission.message, data) if submission.message else None
    return await answer_submission(request, account, request.app[JOURNAL], submission, body)


def _answer(edition: Edition, message: Message, posted: dict[str, Any]) -> dict[str, Any]:
    """Return the body of the 202: what was posted, and the message's id and time."""
    data = {
        "id": message.id,
        "time": format_time(message.time, edition.payload.answer_time),
        "direction": message.direction.value,
        "to": message.to,
        "channelList": [{**entry, "owner": entry["from"]} for entry in posted["channelList"]],
    }
    rest = {name: posted[name] for name in ("tag", "priority", "expiration") if posted.get(name) is not None}
    return {"links": [], "data": {**data, **rest}, "errors": []}


def validate_multichannel(data: Any, limits: RequestLimits, present: Present) -> Draft | list[FieldError]:
    """Return the draft that a multi-channel request's JSON describes, or everything that is wrong with it."""
    if not isinstance(data, dict):
        return [FieldError("body", "The request body must be a JSON object")]
    check = _Check(data, limits, present)
    to = check.recipient()
    entries = check.channels()
    tag = check.text("tag", limits.tag)
    priority = check.priority()
    expiration, expires_at = check.expiration()
    if check.errors:
        return check.errors
    first = entries[0]
    return Draft(
        sender=first.sender,
        to=(to,),
        application=first.application,
        text=first.text,
        media=first.media,
        tag=tag,
        priority=priority,
        expiration=expiration,
        expires_at=expires_at,
        channels=tuple(entries),
    )


class _Check:
    def __init__(self, data: dict[str, Any], limits: RequestLimits, present: Present) -> None:
        self.data, self.limits, self.present = data, limits, present
        self.errors: list[FieldError] = []

    def fail(self, field: str, problem: str) -> None:
        self.errors.append(FieldError(field, f"The '{field}' field {problem}"))

    def recipient(self) -> str:
        to = self.data.get("to")
        if not isinstance(to, str) or not to:
            self.fail("to", "must contain exactly one telephone number")
        elif not is_number(to):
            self.fail("to", "must be a valid E164 formatted telephone number")
        return str(to)

    def channels(self) -> list[ChannelEntry]:
        listed = self.data.get("channelList")
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_CHANNELS:
            self.fail("channelList", f"must contain 1 to {MOST_CHANNELS} channels")
            return []
        return [entry for index, item in enumerate(listed) if (entry := self.channel(f"channelList[{index}]", item)) is not None]

    def channel(self, path: str, item: Any) -> ChannelEntry | None:
        if not isinstance(item, dict):
            self.fail(path, "must be an object")
            return None
        before = len(self.errors)
        sender, application, channel = item.get("from"), item.get("applicationId"), item.get("channel")
        if not isinstance(channel, str) or channel not in _KINDS:
            channel = None
            self.fail(f"{path}.channel", f"must be one of {', '.join(_KINDS)}")
        named = isinstance(sender, str) and bool(sender.strip())
        if not named or (channel in ("SMS", "MMS") and not is_sender(str(sender), self.limits)):
            self.fail(f"{path}.from", "must contain exactly one telephone number")
        if not isinstance(application, str) or not application.strip():
            self.fail(f"{path}.applicationId", "must contain the id of an application")
        if channel is not None:
            self.content(f"{path}.content", channel, item.get("content"))
        return None if len(self.errors) > before else _entry(item)

    def content(self, path: str, channel: str, content: Any) -> None:
        if not isinstance(content, dict):
            self.fail(path, "is required")
            return
        check = content_check(channel, content)
        if check is None:
            self.fail(path, "must have one of text, media, cardContent and cardContents")
            return
        try:
            check.model_validate(content)
        except ValidationError as error:
            for detail in error.errors():
                self.fail(path + _path(detail, content), _problem(detail))

    def text(self, name: str, most: int) -> str | None:
        text = self.data.get(name)
        if text is None:
            return None
        if not isinstance(text, str):
            self.fail(name, "must be a string")
        elif len(text) > most:
            self.fail(name, f"must be at most {most} characters long")
        return str(text)

    def priority(self) -> Priority | None:
        priority = self.data.get("priority")
        if priority is None:
            return None
        if priority not in ("default", "high"):
            self.fail("priority", "must be one of default, high")
            return None
        return Priority(priority)

    def expiration(self) -> tuple[str | None, int | None]:
        expiration = self.data.get("expiration")
        if expiration is None:
            return None, None
        instant = parse_expiration(expiration) if isinstance(expiration, str) else None
        if instant is None:
            self.fail("expiration", "must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z")
        elif instant <= self.present.application:
            self.fail("expiration", "must be in the future")
        return expiration, None if instant is None else self.present.virtual(instant)


def _entry(item: dict[str, Any]) -> ChannelEntry:
    kind, content = _KINDS[item["channel"]], item["content"]
    text = content.get("text")
    return ChannelEntry(
        channel=item["channel"],
        kind=kind,
        sender=item["from"],
        application=item["applicationId"],
        content=content,
        segments=count_segments(text) if kind is Kind.SMS else 1,
        text=text,
        media=_urls(content.get("media")),
    )


def _urls(media: Any) -> tuple[str, ...]:
    """Return the URLs of media; for a channel without media they were not checked, and may be anything."""
    files = media if isinstance(media, list) else []
    return tuple(file["fileUrl"] for file in files if isinstance(file, dict) and isinstance(file.get("fileUrl"), str))


def _path(detail: ErrorDetails, content: Any) -> str:
    """Return the path of an error within the content, without the names of union members that pydantic adds."""
    return "".join(_parts(detail, content))


def _parts(detail: ErrorDetails, here: Any) -> Iterator[str]:
    for part in detail["loc"]:
        if isinstance(part, int):
            yield f"[{part}]"
            here = here[part] if isinstance(here, list) and part < len(here) else None
        elif isinstance(here, dict) and here.get("type") == part:
            continue
        else:
            yield f".{part}"
            here = here.get(part) if isinstance(here, dict) else None


def _problem(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "is required"
        case "string_too_long":
            return f"must be at most {context['max_length']} characters long"
        case "string_too_short":
            return "must not be empty"
        case "too_long":
            return f"must have at most {context['max_length']} entries"
        case "too_short":
            return f"must have at least {context['min_length']} entries"
        case "string_type":
            return "must be a string"
        case "literal_error":
            return f"must be {context['expected'].replace(chr(39), '')}"
        case "union_tag_invalid":
            return f"must have a type, one of {context['expected_tags'].replace(chr(39), '')}"
        case "union_tag_not_found":
            return "must have a type"
        case "value_error":
            return str(context["error"])
    return "has the wrong form"
