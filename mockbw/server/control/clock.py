"""The control API of the clock: its mode and rate, advancing it, and holding it."""

from __future__ import annotations

import asyncio

from mockbw.core.model import CallbackStatus
from mockbw.core.narrative import AttemptMade, ends, narrate
from mockbw.documents.durations import format_duration
from mockbw.engine.runner import AccountRunner
from mockbw.errors import ClockError
from mockbw.server.control.accounts import pace
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable
from mockbw.server.control.schemas import account_views as v
from mockbw.server.control.schemas.bodies import AdvanceBody, ClockBody
from mockbw.server.control.serialize.accounts import serialize_clock

__all__ = ["TABLE"]

TABLE = RouteTable()


@TABLE.route("GET", "accounts/{account}/clock")
async def get_clock(call: ControlRequest) -> v.ClockView:
    """Show the clock: virtual time, the next deadline, and what holds it."""
    return serialize_clock(call.account)


@TABLE.route("PUT", "accounts/{account}/clock")
async def put_clock(call: ControlRequest, body: ClockBody) -> v.ClockView:
    """Change the clock's mode or rate; virtual time continues from where it is."""
    account = call.begin()
    mode, rate = pace(body, account.clock.mode, account.clock.scaled_rate)
    account.set_clock(mode, rate)
    return serialize_clock(account)


@TABLE.route("POST", "accounts/{account}/clock/advance", refusals=(409,))
async def advance_clock(call: ControlRequest, body: AdvanceBody) -> v.AdvanceView:
    """Advance a manual or auto clock through every deadline on the way; respond when it is there and nothing is in flight.

    `until: idle` also waits for a clock that runs by itself.
    """
    account = call.begin()
    before, last = account.now(), call.journal.last
    steps = None
    try:
        async with asyncio.timeout(body.timeout / 1000):
            steps = await _move(account, body)
    except TimeoutError:
        waited, holds = format_duration(body.timeout), tuple(str(hold) for hold in account.clock.holds)
        raise ClockError(f"the clock did not get there within {waited}", holds) from None
    facts = list(narrate(stamped.entry for stamped in call.journal.read(last, account.name)))
    outcomes = [fact.outcome for fact in facts if isinstance(fact, AttemptMade)]
    return v.AdvanceView(
        before=before,
        clock=serialize_clock(account),
        steps=steps,
        attempts=len(outcomes),
        delivered=sum(outcome.delivered for outcome in outcomes),
        expired=sum(end.status is CallbackStatus.EXPIRED for end in ends(facts)),
        after=last,
    )


async def _move(account: AccountRunner, wanted: AdvanceBody) -> int | None:
    """Advance as requested; return how many deadlines there were if `steps` was given."""
    if wanted.steps is not None:
        return await account.step(wanted.steps)
    if wanted.until is not None:
        await account.settle()
    elif wanted.to is not None:
        await account.advance_to(wanted.to)
    else:
        await account.advance(wanted.by or 0)
    return None


@TABLE.route("PUT", "accounts/{account}/clock/holds/{hold}")
async def put_hold(call: ControlRequest) -> v.ClockView:
    """Hold an auto or manual clock by hand, under a name of your choice; holding it twice has no further effect."""
    account, name = call.begin(), call.name("hold")
    if len(name) > 100 or not name.isprintable():
        raise ControlError(422, f"{name[:100]!r} is not a valid name for a hold", "At most 100 printable characters")
    account.hold(name)
    return serialize_clock(account)


@TABLE.route("DELETE", "accounts/{account}/clock/holds/{hold}")
async def delete_hold(call: ControlRequest) -> v.ClockView:
    """Release a hold that was taken by hand."""
    account = call.account
    account.release(call.name("hold"))
    return serialize_clock(account)
