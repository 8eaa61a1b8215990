"""The control API of messages and callbacks: inbound messages, redelivery, cancellation."""

from __future__ import annotations

import asyncio

from mockbw.core.account import InboundDraft
from mockbw.core.model import Direction
from mockbw.core.retention import UNFINISHED, is_full
from mockbw.engine.runner import AccountRunner
from mockbw.server.control.messages import callback_of, callbacks_among, message_of
from mockbw.server.control.paging import Paging, find
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable
from mockbw.server.control.schemas import views as v
from mockbw.server.control.schemas.bodies import InboundBody, RedeliverBody
from mockbw.server.control.schemas.views import ProblemView
from mockbw.server.control.serialize.messages import serialize_callback_detail, serialize_message, serialize_message_detail

__all__ = ["TABLE"]

TABLE = RouteTable()


@TABLE.route("POST", "accounts/{account}/inbound", status=201, refusals=(429,))
async def post_inbound(call: ControlRequest, body: InboundBody) -> v.ReceivedView:
    """Send a message from a handset: one inbound message for each of the account's numbers in `to`."""
    account = call.begin()
    to = body.to or [_last_to_write_to(account, body.from_)]
    arrival = InboundDraft(body.from_, tuple(to), body.text, tuple(body.media), body.application)
    full = is_full(account.records, account.settings)
    received = account.receive(arrival)
    if not received and full:
        hint = "Let their callbacks end, cancel them, reset the account, or keep more messages"
        raise ControlError(429, f"{UNFINISHED} in account {account.name}", hint)
    if not received:
        known = ", ".join(list(account.settings.numbers)[:5])
        raise ControlError(422, f"none of {', '.join(to)} is a number of account {account.name}", f"It has {known}")
    records = account.records.messages
    return v.ReceivedView(messages=[serialize_message(account, records[message.id]) for message in received])


def _last_to_write_to(account: AccountRunner, handset: str) -> str:
    """Return the number that last wrote to a handset.

    Raises:
        ControlError: none has.
    """
    for record in reversed(account.records.messages.values()):
        if record.message.direction is Direction.OUT and handset in record.message.to:
            return record.message.sender
    message = f"no number has written to {handset} yet"
    problems = [ProblemView(field="to", message=message)]
    raise ControlError(422, message, "Give the number it writes to in 'to'", problems=problems)


@TABLE.route("POST", "accounts/{account}/messages/{message}/cancel")
async def cancel_message(call: ControlRequest) -> v.MessageDetail:
    """Cancel what remains of a message: steps not yet played, callbacks not yet delivered."""
    account = call.account
    record = message_of(account, call.name("message"))
    account.cancel_message(record.message.id)
    return serialize_message_detail(account, record, call.journal.about(account.name, record.message.id))


@TABLE.route("POST", "accounts/{account}/callbacks/{callback}/cancel")
async def cancel_callback(call: ControlRequest) -> v.CallbackDetail:
    """Stop attempting a callback; one that has ended is left as it is."""
    account = call.account
    record = callback_of(account, call.name("callback"))
    account.cancel_callback(record.id)
    return serialize_callback_detail(account, record)


@TABLE.route("POST", "accounts/{account}/callbacks/{callback}/redeliver", status=202)
async def redeliver_callback(call: ControlRequest) -> v.CallbackDetail:
    """Make one extra attempt of a callback now, whatever its status; the retry schedule does not change."""
    account = call.account
    record = callback_of(account, call.name("callback"))
    account.redeliver(record.id)
    return serialize_callback_detail(account, record)


@TABLE.route("POST", "accounts/{account}/callbacks/redeliver", status=202)
async def redeliver_callbacks(call: ControlRequest, body: RedeliverBody) -> v.RedeliveredView:
    """Make one extra attempt of each callback that matches, the oldest first; with `dry_run` only say how many match.

    Without `status`: of those that wait for another attempt, and of those that have expired.
    """
    account = call.account
    chosen = None if body.callbacks is None else frozenset(body.callbacks)
    newest_first = list(callbacks_among(account, body))
    among = [(name, record) for name, record in reversed(newest_first) if chosen is None or name in chosen]
    found = await find(among, body.conditions(), Paging(limit=body.limit, count=True))
    redelivered = []
    for record in () if body.dry_run else found.records:
        if record.id in account.records.callbacks:  # else it was forgotten meanwhile
            account.redeliver(record.id)
            redelivered.append(record.id)
            await asyncio.sleep(0)  # a thousand requests are made ready: others get their turn between them
    return v.RedeliveredView(matching=found.matching or 0, redelivered=len(redelivered), callbacks=redelivered)
