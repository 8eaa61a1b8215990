"""The read side of the control API: accounts, messages, callbacks, requests, conversations."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated

from pydantic import Field

from mockbw.core.state import CallbackRecord, MessageRecord
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.recording import recorded_yaml
from mockbw.server.control.filters import CallbackFilter, Filter, MessageFilter, Number, handsets_of
from mockbw.server.control.paging import Paging, find
from mockbw.server.control.routing import ControlRequest, RouteTable, missing
from mockbw.server.control.schemas import account_views as a
from mockbw.server.control.schemas import views as v
from mockbw.server.control.serialize import messages as show
from mockbw.server.control.serialize.accounts import serialize_account

__all__ = ["TABLE", "callback_of", "callbacks_among", "message_of"]

TABLE = RouteTable()


class MessageQuery(MessageFilter, Paging):
    """Which messages, and which part of a long list."""


class CallbackQuery(CallbackFilter, Paging):
    """Which callbacks, and which part of a long list."""


class RequestQuery(Filter):
    """Which requests."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    """At most this many."""
    refused: bool | None = None
    """Only those that were refused, or only those that were not."""


class NetworkReplyQuery(Filter):
    """Which replies of the network."""

    own: Number | None = None
    """The number on the platform's side."""
    handset: Number | None = None
    """The number at the other end."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """At most this many."""


class ConversationQuery(Filter):
    """Which conversations."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """At most this many."""


@TABLE.route("GET", "accounts")
async def list_accounts(call: ControlRequest) -> a.AccountPage:
    """List all accounts."""
    return a.AccountPage(accounts=[serialize_account(account) for account in call.engine.accounts])


@TABLE.route("GET", "accounts/{account}")
async def get_account(call: ControlRequest) -> a.AccountView:
    """Show one account."""
    return serialize_account(call.account)


@TABLE.route("GET", "accounts/{account}/messages")
async def list_messages(call: ControlRequest, query: MessageQuery) -> v.MessagePage:
    """List messages, newest first."""
    account = call.account
    records = account.records.messages
    found = await find(reversed(records.items()), query.conditions(), query)
    return v.MessagePage(
        messages=[show.serialize_message(account, record) for record in found.records],
        next=found.next,
        total=len(records),
        matching=found.matching,
        newer=found.newer,
    )


@TABLE.route("GET", "accounts/{account}/messages/{message}")
async def get_message(call: ControlRequest) -> v.MessageDetail:
    """Show one message with its complete history and its upcoming steps and attempts."""
    account = call.account
    record = message_of(account, call.name("message"))
    return show.serialize_message_detail(account, record, call.journal.about(account.name, record.message.id))


@TABLE.route("GET", "accounts/{account}/messages/{message}/scenario")
async def record_message(call: ControlRequest) -> v.RecordingView:
    """Return a message as a scenario file that reproduces it: its timeline, its retries, the endpoint's answers."""
    account = call.account
    record = message_of(account, call.name("message"))
    yaml = recorded_yaml(account.records, record.message.id, account.edition.name)
    return v.RecordingView(message=record.message.id, yaml=yaml)


@TABLE.route("GET", "accounts/{account}/callbacks")
async def list_callbacks(call: ControlRequest, query: CallbackQuery) -> v.CallbackPage:
    """List callbacks, newest first."""
    found = await find(callbacks_among(call.account, query), query.conditions(), query)
    return v.CallbackPage(
        callbacks=[show.serialize_callback(record) for record in found.records],
        next=found.next,
        matching=found.matching,
        newer=found.newer,
    )


@TABLE.route("GET", "accounts/{account}/callbacks/{callback}")
async def get_callback(call: ControlRequest) -> v.CallbackDetail:
    """Show one callback: what is sent where, every attempt, and when the next ones are due."""
    account = call.account
    return show.serialize_callback_detail(account, callback_of(account, call.name("callback")))


@TABLE.route("GET", "accounts/{account}/requests")
async def list_requests(call: ControlRequest, query: RequestQuery) -> v.RequestPage:
    """List requests to the platform's API with the reasons why they were refused, newest first."""
    records = call.account.records
    wanted = [
        (number, entry)
        for number, entry in zip(range(records.requests_answered, 0, -1), reversed(records.requests), strict=False)
        if query.refused is None or bool(entry.because) is query.refused
    ]
    shown = [show.serialize_request(number, entry) for number, entry in wanted[: query.limit]]
    return v.RequestPage(requests=shown, matching=len(wanted))


@TABLE.route("GET", "accounts/{account}/requests/{number}")
async def get_request(call: ControlRequest) -> v.RequestDetail:
    """Show one request; of the newest that were refused also what it held and what it was answered."""
    records, name = call.account.records, call.name("number")
    place = int(name) - 1 - (records.requests_answered - len(records.requests)) if name.isascii() and name.isdigit() else -1
    if not 0 <= place < len(records.requests):
        raise missing(
            "request", name, f"The requests of account {call.account.name} are at accounts/{call.account.name}/requests"
        )
    return show.serialize_request_detail(int(name), records.requests[place])


@TABLE.route("GET", "accounts/{account}/conversations")
async def list_conversations(call: ControlRequest, query: ConversationQuery) -> v.ConversationPage:
    """List conversations, newest first; get the messages of one with its `owner` and `handset`."""
    account = call.account
    found: dict[tuple[str, str], v.ConversationView] = {}
    for record in reversed(account.records.messages.values()):
        for handset in handsets_of(record.message):
            if (key := (record.message.owner, handset)) not in found:
                last = show.serialize_message(account, record)
                found[key] = v.ConversationView(own=record.message.owner, handset=handset, last=last)
        if len(found) >= query.limit:
            break
    return v.ConversationPage(conversations=list(islice(found.values(), query.limit)))


@TABLE.route("GET", "accounts/{account}/network-replies")
async def list_network_replies(call: ControlRequest, query: NetworkReplyQuery) -> v.NetworkReplyPage:
    """List what the network itself replied to handsets, newest first, e.g. to STOP on a toll-free number."""
    wanted = (
        v.NetworkReplyView(time=reply.time, to=reply.to, text=reply.text, **{"from": reply.sender})
        for reply in reversed(call.account.records.network_replies)
        if query.own in (None, reply.sender) and query.handset in (None, reply.to)
    )
    return v.NetworkReplyPage(replies=list(islice(wanted, query.limit)))


def callbacks_among(account: AccountRunner, wanted: CallbackFilter) -> Iterable[tuple[str, CallbackRecord]]:
    """Return the callbacks that a filter is about, newest first, by their ids."""
    records = account.records
    if wanted.message is None:
        return reversed(records.callbacks.items())
    message = records.messages.get(wanted.message)
    return [(name, records.callbacks[name]) for name in reversed(message.callbacks)] if message is not None else []


def message_of(account: AccountRunner, name: str) -> MessageRecord:
    """Return the message with that id.

    Raises:
        ControlError: there is none.
    """
    record = account.records.messages.get(name)
    if record is None:
        raise missing("message", name, f"The messages of account {account.name} are at accounts/{account.name}/messages")
    return record


def callback_of(account: AccountRunner, name: str) -> CallbackRecord:
    """Return the callback with that id.

    Raises:
        ControlError: there is none.
    """
    record = account.records.callbacks.get(name)
    if record is None:
        raise missing("callback", name, f"The callbacks of account {account.name} are at accounts/{account.name}/callbacks")
    return record
