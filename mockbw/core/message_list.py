"""The list of messages: its query parameters and its rows (P12)."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbw.core.application_time import Present
from mockbw.core.clock import DAY
from mockbw.core.model import CallbackStatus, Direction, Kind, Message, RecipientStatus
from mockbw.core.optout import is_toll_free
from mockbw.core.payload import format_time
from mockbw.core.segments import is_gsm
from mockbw.core.state import MessageRecord, RecipientRecord, Records
from mockbw.core.validation import FieldError, parse_expiration
from mockbw.errors import nearest

__all__ = ["Page", "Query", "find", "parse_query"]

WINDOW = 14 * DAY
"""How long a range of time can be searched, and how far back it is searched when no range is given."""

DEEPEST = 10_000
"""The maximum of offset plus limit, and of a limited total count."""

STATUSES = ("RECEIVED", "QUEUED", "SENDING", "SENT", "FAILED", "DELIVERED", "ACCEPTED", "UNDELIVERED")
PRODUCTS = (
    "LOCAL_A2P",
    "P2P",
    "SHORT_CODE_REACH",
    "TOLL_FREE",
    "HOSTED_SHORT_CODE",
    "ALPHA_NUMERIC",
    "RBM_MEDIA",
    "RBM_RICH",
    "RBM_CONVERSATIONAL",
)

Row = dict[str, Any]
_Test = Callable[[Row], bool]

_ENUMS: Mapping[str, tuple[str, ...]] = {
    "messageStatus": STATUSES,
    "messageDirection": ("INBOUND", "OUTBOUND"),
    "messageType": ("sms", "mms", "rcs"),
    "product": PRODUCTS,
}
_EQUAL = ("messageId", "carrierName", "campaignId", "location", "callingNumberCountryA3", "calledNumberCountryA3")
_NUMBERS = ("sourceTn", "destinationTn")
_LEAST = {"fromSegmentCount": "segmentCount", "fromMessageSize": "messageSize"}
_MOST = {"toSegmentCount": "segmentCount", "toMessageSize": "messageSize"}
_LATENCIES = {"fromBwLatency": "bwLatency", "fromCarrierLatency": "carrierLatency"}
_WAITING = {"bwQueued": ("QUEUED",), "carrierQueued": ("SENDING", "SENT")}
_TIMES = ("fromDateTime", "toDateTime")
_PAGING = ("sort", "limit", "pageToken", "limitTotalCount")
PARAMETERS = (
    *_ENUMS, *_EQUAL, "errorCode", *_NUMBERS, *_LEAST, *_MOST, *_LATENCIES, *_WAITING, *_TIMES, *_PAGING
)  # fmt: skip

_FIELDS = (
    "messageId",
    "accountId",
    "sourceTn",
    "destinationTn",
    "messageStatus",
    "messageDirection",
    "messageType",
    "segmentCount",
    "errorCode",
    "receiveTime",
    "carrierName",
    "messageSize",
    "messageLength",
    "attachmentCount",
    "recipientCount",
    "campaignClass",
    "campaignId",
    "bwLatency",
    "carrierLatency",
    "callingNumberCountryA3",
    "calledNumberCountryA3",
    "product",
    "location",
)

_ID = re.compile(r"[0-9a-z]{29}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_MILLISECONDS = re.compile(r".*\.\d{3}(Z|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(slots=True)
class Query:
    """The query of a list request. Times are virtual milliseconds; ``sort`` is a field and whether the largest comes first.

    ``message`` is the only message that can be in the answer, so that polling for it does not search all of them.
    """

    since: int
    until: int
    tests: list[_Test] = field(default_factory=list)
    sort: tuple[str, bool] = ("receiveTime", True)
    limit: int = 100
    offset: int = 0
    cap_total: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, the total number of rows, and the tokens of the adjacent pages (None: there is none)."""

    rows: list[Row]
    total: int
    previous: str | None
    next: str | None


def parse_query(parameters: Mapping[str, str], present: Present) -> Query | list[FieldError]:
    """Return the query that the parameters of a list request describe, or everything that is wrong with them."""
    if not parameters:
        return [FieldError("query", "At least one query parameter is required")]
    parser = _Parser(parameters, present)
    query = parser.parse()
    return parser.errors or query


class _Parser:
    def __init__(self, parameters: Mapping[str, str], present: Present) -> None:
        self.parameters, self.present = parameters, present
        self.errors: list[FieldError] = []

    def fail(self, name: str, description: str) -> None:
        self.errors.append(FieldError(name, f"'{name}' {description}"))

    def parse(self) -> Query:
        since, until = self.times()
        query = Query(since, until, message=self.parameters.get("messageId"))
        for name, value in self.parameters.items():
            test = self.test(name, value)
            if test is not None:
                query.tests.append(test)
        query.sort = self.sort()
        query.limit = self.integer("limit", 100, least=1, most=DEEPEST)
        query.offset = self.offset()
        query.cap_total = self.flag("limitTotalCount") or False
        if query.offset + query.limit > DEEPEST:
            self.fail("limit", f"and the rows before the page must be at most {DEEPEST} together")
        return query

    def test(self, name: str, value: str) -> _Test | None:
        if name in _ENUMS:
            if value not in _ENUMS[name]:
                self.fail(name, f"must be one of {', '.join(_ENUMS[name])}")
            return lambda row: bool(row[name] == value)
        if name in _EQUAL:
            if name == "messageId" and not _ID.fullmatch(value):
                self.fail(name, "must be a message id: 29 characters, or a UUID")
            return lambda row: bool(row[name] == value)
        if name in _NUMBERS:
            return self.numbers(name, value)
        if name in _WAITING:
            expected = self.flag(name)
            return lambda row: (row["messageStatus"] in _WAITING[name]) == expected
        return self.range(name)

    def range(self, name: str) -> _Test | None:
        if name == "errorCode":
            code = self.integer(name, 0)
            return lambda row: bool(row[name] == code)
        if name in _LEAST:
            least = self.integer(name, 0)
            return lambda row: bool(row[_LEAST[name]] >= least)
        if name in _MOST:
            most = self.integer(name, 0)
            return lambda row: bool(row[_MOST[name]] <= most)
        if name in _LATENCIES:  # an account feature that mockbw does not have: no message has a latency
            latency = self.integer(name, 0)
            return lambda row: (row[_LATENCIES[name]] or 0) >= latency
        if name not in (*_TIMES, *_PAGING):
            close = nearest(name, PARAMETERS)
            self.fail(name, f"is not a valid query parameter{f': did you mean {close}?' if close else ''}")
        return None

    def numbers(self, name: str, value: str) -> _Test:
        numbers = value.split(",")
        if value.startswith(" "):
            self.fail(name, "must have its plus sign percent-encoded as %2B")
        elif len(numbers) > 10:
            self.fail(name, "must have at most 10 numbers")
        elif any(len(number) < 5 for number in numbers):
            self.fail(name, "must be a full number, up to 10 of them, or a prefix of at least 5 characters")
        if len(numbers) == 1:
            return lambda row: str(row[name]).startswith(value)
        return lambda row: row[name] in numbers

    def integer(self, name: str, default: int, least: int = 0, most: int = 2**53) -> int:
        value = self.parameters.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and least <= int(value[:17]) <= most):
            self.fail(name, f"must be a whole number{f' from {least} to {most}' if most == DEEPEST else ''}")
            return default
        return int(value)

    def flag(self, name: str) -> bool | None:
        value = self.parameters.get(name)
        if value not in (None, "true", "false"):
            self.fail(name, "must be true or false")
        return None if value is None else value == "true"

    def times(self) -> tuple[int, int]:
        since, until = self.time("fromDateTime"), self.time("toDateTime")
        if until is None:
            until = self.present.now if since is None else max(self.present.now, since)
        if since is None:
            since = until - WINDOW
        if since > until:
            self.fail("fromDateTime", "must not be after 'toDateTime'")
        elif until - since > WINDOW:
            self.fail("fromDateTime", "and 'toDateTime' must be at most 14 days apart")
        return since, until

    def time(self, name: str) -> int | None:
        value = self.parameters.get(name)
        if value is None:
            return None
        instant = parse_expiration(value) if _MILLISECONDS.fullmatch(value) else None
        if instant is None:
            self.fail(name, "must be an ISO 8601 date-time with milliseconds, e.g. 2022-09-14T18:20:16.000Z")
            return None
        return self.present.virtual(instant)

    def sort(self) -> tuple[str, bool]:
        value = self.parameters.get("sort")
        if value is None:
            return "receiveTime", True
        name, _, direction = value.partition(":")
        if name not in _FIELDS or direction not in ("asc", "desc"):
            self.fail("sort", "must be a field and a direction, e.g. sourceTn:desc")
        return name, direction == "desc"

    def offset(self) -> int:
        token = self.parameters.get("pageToken")
        if token is None:
            return 0
        try:
            return int(b64decode(token, altchars=b"-_", validate=True).decode("ascii").removeprefix("after-"))
        except ValueError:
            self.fail("pageToken", "must be a token of 'pageInfo'")
            return 0


def _token(offset: int) -> str:
    return urlsafe_b64encode(f"after-{offset}".encode()).decode()


def find(records: Records, account: str, query: Query) -> Page:
    """Return the page of the list that answers a query: one row for each recipient of a message (P20 row 19)."""
    candidates = records.messages.values() if query.message is None else _only(records, query.message)
    rows = [
        row
        for record in candidates
        if query.since <= record.message.time <= query.until
        for row in _rows(records, account, record)
        if all(test(row) for test in query.tests)
    ]
    # Newest first, also among messages of the same instant.
    name, largest_first = query.sort
    rows.sort(key=lambda row: (row[name] is not None, row[name]) if row[name] is not None else (False, 0))
    if largest_first:
        rows.reverse()
    end = query.offset + query.limit
    return Page(
        rows=rows[query.offset : end],
        total=min(len(rows), DEEPEST) if query.cap_total else len(rows),
        previous=_token(max(0, query.offset - query.limit)) if query.offset > 0 else None,
        next=_token(end) if len(rows) > end else None,
    )


def _only(records: Records, message: str) -> list[MessageRecord]:
    return [records.messages[message]] if message in records.messages else []


def _rows(records: Records, account: str, record: MessageRecord) -> Iterator[Row]:
    message = record.message
    inbound = message.direction is Direction.IN
    text = message.text or ""
    for recipient in record.recipients:
        yield {
            "messageId": message.id,
            "accountId": account,
            "sourceTn": message.sender,
            "destinationTn": recipient.number,
            "messageStatus": _inbound_status(records, record) if inbound else _outbound_status(record, recipient),
            "messageDirection": "INBOUND" if inbound else "OUTBOUND",
            "messageType": _TYPES[message.kind],
            "segmentCount": message.segments,
            "errorCode": recipient.error or 0,
            "receiveTime": format_time(message.time),
            "carrierName": "other",
            "messageSize": len(text) if is_gsm(text) else len(text.encode("utf-16-be", "surrogatepass")),
            "messageLength": len(text),
            "attachmentCount": len(message.media),
            "recipientCount": len(message.to),
            "campaignClass": None,
            "campaignId": None,
            "bwLatency": None,
            "carrierLatency": None,
            "callingNumberCountryA3": _country(message.sender),
            "calledNumberCountryA3": _country(recipient.number),
            "product": _product(message),
            "location": None,
        }


_TYPES = {Kind.SMS: "sms", Kind.MMS: "mms", Kind.GROUP: "mms", Kind.RBM: "rcs"}
_OUTBOUND = {
    RecipientStatus.QUEUED: "QUEUED",
    RecipientStatus.ACCEPTED: "RECEIVED",
    RecipientStatus.DELIVERED: "DELIVERED",
    RecipientStatus.FAILED: "FAILED",
    RecipientStatus.CANCELLED: "FAILED",
}


def _outbound_status(record: MessageRecord, recipient: RecipientRecord) -> str:
    if recipient.status is RecipientStatus.SENT:
        return "SENT" if "message-sent" in record.notified else "SENDING"
    return _OUTBOUND[recipient.status]


def _inbound_status(records: Records, record: MessageRecord) -> str:
    """Return the state of an inbound message: its callback is in progress, was answered, or has expired."""
    statuses = {records.callbacks[callback].status for callback in record.callbacks}
    if CallbackStatus.DELIVERED in statuses:
        return "ACCEPTED"
    return "RECEIVED" if statuses & {CallbackStatus.WAITING, CallbackStatus.ATTEMPTING} else "UNDELIVERED"


def _country(number: str) -> str | None:
    return "USA" if number.startswith("+1") else None


def _product(message: Message) -> str:
    own = message.owner
    if message.kind is Kind.RBM:
        return "RBM_CONVERSATIONAL"
    if own.isdecimal():
        return "SHORT_CODE_REACH"
    if not own.startswith("+"):
        return "ALPHA_NUMERIC"
    return "TOLL_FREE" if is_toll_free(own) else "LOCAL_A2P"
