"""HTTP errors in an edition's own form (P16)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from aiohttp import web

from mockbw.core.edition import Edition, ErrorBody, ErrorForm
from mockbw.core.payload import format_time
from mockbw.core.validation import FieldError
from mockbw.redaction import plain

__all__ = ["PlatformError", "content_type", "error_body", "error_response", "fallback_reason", "json_response"]

_ANSWER_TYPE, _ERROR_TYPE = "application/json;charset=utf-8", "application/json; charset=utf-8"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_BY_STATUS = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-type",
    429: "queue-full",
}


class PlatformError(Exception):
    """A request that the platform's API refuses.

    Attributes:
        reason: the name of the edition's error (``invalid``, ``not-found`` …).
        because: why, for the journal.
        fields: the values of the placeholders in the error's text.
        field_errors: what is wrong with which field.
    """

    def __init__(self, reason: str, because: str, field_errors: Iterable[FieldError] = (), **fields: object) -> None:
        super().__init__(because)
        self.reason, self.because = reason, plain(because)
        self.fields = {name: plain(value) if isinstance(value, str) else value for name, value in fields.items()}
        self.field_errors = tuple(FieldError(plain(error.field), plain(error.description)) for error in field_errors)


def fallback_reason(status: int) -> str:
    """Return the edition's error for a bare HTTP status: any other 4xx as 400, any other 5xx as 500."""
    return _BY_STATUS.get(status) or ("invalid" if status < 500 else "internal")


def content_type(status: int) -> str:
    """Return the platform's Content-Type of JSON: errors have a space in it, other responses do not (P4, P16)."""
    return _ANSWER_TYPE if status < 400 else _ERROR_TYPE


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a JSON response with the platform's Content-Type."""
    return web.Response(body=orjson.dumps(data), status=status, headers={"Content-Type": content_type(status), **(headers or {})})


def error_body(
    edition: Edition, reason: str, *, status: int, path: str, now: int, field_errors: Iterable[FieldError] = (), **fields: object
) -> Any:
    """Return the JSON of an error. ``fields`` fill the placeholders of the edition's text."""
    error = _error(edition, reason, path)
    description = _PLACEHOLDER.sub(lambda found: str(fields.get(found[1], found[0])), error.description)
    match error.form:
        case ErrorForm.SPRING:
            return _spring(error, description, status, path, now)
        case ErrorForm.PLATFORM:
            body: dict[str, Any] = {"type": error.type, "description": description}
            if listed := [{"fieldName": entry.field, "description": entry.description} for entry in field_errors]:
                body["fieldErrors"] = listed
            return body
        case ErrorForm.MULTI_CHANNEL:
            source = {key: value for key, value in fields.items() if key in ("field", "header", "parameter")}
            entries = [
                {"type": error.type, "description": entry.description, "source": {"field": entry.field}} for entry in field_errors
            ] or [{"type": error.type, "description": description, "source": source}]
            return {"links": [], "data": None, "errors": entries}
        case ErrorForm.NONE:
            return None


def _error(edition: Edition, reason: str, path: str) -> ErrorBody:
    """Return the edition's error; multi-channel requests have their own where the edition says so (P16)."""
    own = edition.errors.get(f"multi-channel-{reason}") if path.endswith("/multiChannel") else None
    return own or edition.errors[reason]


def _spring(error: ErrorBody, description: str, status: int, path: str, now: int) -> dict[str, Any]:
    timestamp = format_time(now).replace("Z", "+0000")
    return {"timestamp": timestamp, "status": status, "error": error.type, "message": description, "path": path}


def error_response(
    edition: Edition, reason: str, *, path: str, now: int, field_errors: Iterable[FieldError] = (), **fields: object
) -> web.Response:
    """Return the edition's response to a refused request."""
    status = _error(edition, reason, path).status
    headers = {"WWW-Authenticate": 'Basic realm="Bandwidth"'} if status == 401 else {}
    if "retry_after" in fields:
        headers["Retry-After"] = str(fields["retry_after"])
    body = error_body(edition, reason, status=status, path=path, now=now, field_errors=field_errors, **fields)
    return web.Response(status=status, headers=headers) if body is None else json_response(body, status, headers)
