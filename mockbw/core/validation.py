"""The platform's checks of a create request before it answers (P4): all fields at once, in the published order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockbw.core.application_time import Present
from mockbw.core.edition import RequestLimits
from mockbw.core.model import Draft, Kind, Priority

__all__ = ["FieldError", "is_number", "is_sender", "is_url", "parse_expiration", "validate_create"]

_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_SHORT_CODE = re.compile(r"[1-9][0-9]{2,7}", re.ASCII)
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 \-+_&]{1,11}", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)
_ORDER = ("body", "from", "text", "to", "media", "applicationId", "tag", "priority", "expiration")
"""The order of the fields in an answer: the first three as published (P4), the others ours."""
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of ``fieldErrors``."""

    field: str
    description: str


def is_number(text: str) -> bool:
    """Return True for an E.164 telephone number."""
    return _E164.fullmatch(text) is not None


def is_sender(text: str, limits: RequestLimits) -> bool:
    """Return True for a valid ``from``: a number, a short code, or in some editions a name (P4).

    What starts with a plus is an invalid number, although a name may contain a plus: '+invalid' is refused.
    """
    if is_number(text) or _SHORT_CODE.fullmatch(text):
        return True
    return limits.alphanumeric_sender and not text.startswith("+") and _SENDER_ID.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Return True for an http or https URL."""
    return _URL.fullmatch(text) is not None


def parse_expiration(text: str) -> int | None:
    """Return the milliseconds of an RFC 3339 date-time, or None when it is not valid."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return round(datetime.fromisoformat(text.upper()).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def validate_create(data: Any, limits: RequestLimits, present: Present) -> Draft | list[FieldError]:
    """Return the draft that a create request's JSON describes, or all errors in it.

    Unknown fields are ignored, and null counts as absent (P4; undocumented, see ``docs/fidelity.md``).
    """
    if not isinstance(data, dict):
        return [FieldError("body", "The request body must be a JSON object")]
    check = _Check(data, limits, present)
    sender = check.sender()
    media = check.media()
    text = check.text(bool(media))
    to = check.recipients()
    application = check.application()
    tag = check.limited_text("tag", limits.tag)
    priority, (expiration, expires_at) = None, (None, None)
    if limits.mms_priority or Kind.of(len(to), len(media)) is Kind.SMS:
        priority = check.priority()
        expiration, expires_at = check.expiration()
    if check.errors:
        return sorted(check.errors, key=lambda error: _ORDER.index(error.field))
    return Draft(sender, to, application, text, media, tag, priority, expiration, expires_at)


class _Check:
    def __init__(self, data: dict[str, Any], limits: RequestLimits, present: Present) -> None:
        self.data, self.limits, self.present = data, limits, present
        self.errors: list[FieldError] = []

    def fail(self, field: str, description: str) -> None:
        self.errors.append(FieldError(field, description))

    def sender(self) -> str:
        sender = self.data.get("from")
        if isinstance(sender, list) and len(sender) == 1:
            sender = sender[0]
        if sender is None or sender == "" or isinstance(sender, (list, dict)):
            self.fail("from", "'from' must contain exactly one telephone number")
            return ""
        if isinstance(sender, str) and is_sender(sender, self.limits):
            return sender
        self.fail("from", _not_e164(sender))
        return ""

    def recipients(self) -> tuple[str, ...]:
        to = self.data.get("to")
        recipients = [to] if isinstance(to, str) and to else to
        if not isinstance(recipients, list) or not recipients:
            self.fail("to", "'to' must contain at least one telephone number")
            return ()
        for recipient in recipients:
            if not isinstance(recipient, str) or not is_number(recipient):
                self.fail("to", _not_e164(recipient))
        if len(recipients) > self.limits.recipients:
            self.fail("to", f"'to' must contain at most {self.limits.recipients} telephone numbers")
        strings = [recipient for recipient in recipients if isinstance(recipient, str)]
        if len(set(strings)) != len(strings):
            self.fail("to", "'to' must not contain the same telephone number twice")
        return tuple(strings)

    def text(self, has_media: bool) -> str | None:
        text = self.data.get("text")
        if (text is None or text == "") and not has_media:
            if not self.data.get("media"):  # wrong media has its own error
                self.fail("text", "'text' is required unless media is included")
            return None
        return self.limited_text("text", self.limits.text)

    def limited_text(self, field: str, most: int) -> str | None:
        text = self.data.get(field)
        if text is None:
            return None
        if not isinstance(text, str):
            self.fail(field, f"'{field}' must be a string")
        elif len(text) > most:
            self.fail(field, f"'{field}' must be at most {most} characters long")
        else:
            return text
        return None

    def media(self) -> tuple[str, ...]:
        media = self.data.get("media")
        if media is None:
            return ()
        if not isinstance(media, list):
            self.fail("media", "'media' must be a list of URLs")
            return ()
        if len(media) > self.limits.media:
            self.fail("media", f"'media' must contain at most {self.limits.media} URLs")
        for url in media:
            if not isinstance(url, str) or not is_url(url):
                self.fail("media", f"'{_shown(url)}' must be replaced with a valid URL")
            elif len(url) > self.limits.media_url:
                self.fail("media", f"every URL in 'media' must be at most {self.limits.media_url} characters long")
        return tuple(url for url in media if isinstance(url, str))

    def application(self) -> str:
        application = self.data.get("applicationId")
        if isinstance(application, str) and application.strip() and len(application) <= 200:
            return application
        self.fail("applicationId", "'applicationId' must contain the id of an application")
        return ""

    def priority(self) -> Priority | None:
        priority = self.data.get("priority")
        if priority is None or not self.limits.priority:
            return None
        if priority not in ("default", "high"):
            self.fail("priority", "'priority' must be 'default' or 'high'")
            return None
        return Priority(priority)

    def expiration(self) -> tuple[str | None, int | None]:
        expiration = self.data.get("expiration")
        if expiration is None or not self.limits.expiration:
            return None, None
        instant = parse_expiration(expiration) if isinstance(expiration, str) else None
        if instant is None:
            self.fail("expiration", "'expiration' must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z")
        elif instant <= self.present.application:
            self.fail("expiration", "'expiration' must be in the future")
        return expiration, None if instant is None else self.present.virtual(instant)


def _not_e164(value: Any) -> str:
    return f"'{_shown(value)}' must be replaced with a valid E164 formatted telephone number"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
