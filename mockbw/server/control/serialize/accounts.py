"""Accounts, their clocks, settings and scenarios, as the views of the control API."""

from __future__ import annotations

import re
from pathlib import Path

from mockbw.core.clock import HoldKind
from mockbw.core.model import Application, Credentials
from mockbw.core.retry import RetrySchedule
from mockbw.documents.durations import format_duration
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.shipped import shipped_sources
from mockbw.server.control.schemas import account_views as v
from mockbw.server.control.serialize.messages import serialize_url
from mockbw.wallclock import now_ms

__all__ = [
    "HOLDS_SHOWN",
    "serialize_account",
    "serialize_application",
    "serialize_clock",
    "serialize_outage",
    "serialize_scenario",
    "serialize_scenarios",
    "serialize_settings",
]

HOLDS_SHOWN = 20
"""How many holds are named; under load there are thousands of attempts in flight."""


def serialize_clock(account: AccountRunner) -> v.ClockView:
    """Show an account's clock."""
    clock = account.clock
    return v.ClockView(
        mode=clock.mode,
        rate=clock.rate,
        now=account.now(),
        wall=now_ms(),
        next_deadline=account.next_deadline(),
        holds=[v.HoldView(name=str(hold), by_hand=hold.kind is HoldKind.BY_HAND) for hold in clock.holds[:HOLDS_SHOWN]],
        holds_count=len(clock.holds),
        idle=account.idle,
    )


def serialize_account(account: AccountRunner) -> v.AccountView:
    """Show an account in a list."""
    records = account.records
    return v.AccountView(
        name=account.name,
        edition=account.setup.edition,
        clock=serialize_clock(account),
        messages=len(records.messages),
        callbacks=len(records.callbacks),
        pending=records.pending,
        requests=len(records.requests),
        callback_url=serialize_url(account.settings.callback_url),
    )


def serialize_scenarios(account: AccountRunner) -> list[v.ScenarioView]:
    """Show an account's scenarios in their order, then those that are shipped and not loaded."""
    loaded = {source.name for source in account.sources}
    return [
        *(serialize_scenario(account, source) for source in account.sources),
        *(serialize_scenario(account, source, loaded=False) for source in shipped_sources() if source.name not in loaded),
    ]


def serialize_scenario(account: AccountRunner, source: ScenarioSource, *, loaded: bool = True) -> v.ScenarioView:
    """Show a scenario."""
    scenario = source.scenario
    return v.ScenarioView(
        name=source.name,
        description=scenario.description,
        file=Path(source.file).name if source.shipped else source.file,
        shipped=source.shipped,
        loaded=loaded,
        on=source.name not in account.switched_off,
        editions=scenario.editions,
        fits=scenario.editions is None or account.setup.edition in scenario.editions,
        match=scenario.match.model_dump(mode="json", by_alias=True, exclude_none=True),
        times=scenario.times,
        plays=account.records.plays[source.name],
        text=_own_text(source),
    )


_MARKER = re.compile(r"(---|\.\.\.)(\s|$)")


def _own_text(source: ScenarioSource) -> str:
    """Return the lines of a file that belong to this scenario: those between its document markers."""
    lines = source.text.splitlines()
    position, _ = source.located.find(())
    first = last = min(position.line, len(lines)) - 1
    while first > 0 and not _MARKER.match(lines[first - 1]):
        first -= 1
    while last < len(lines) and not (last > first and _MARKER.match(lines[last])):
        last += 1
    return "\n".join(lines[first:last]).strip("\n") + "\n"


# -- settings ---------------------------------------------------------------------------------------------------------------


def serialize_settings(account: AccountRunner) -> v.SettingsView:
    """Show an account's settings as they are set, without the secrets in them."""
    settings = account.settings
    return v.SettingsView(
        callback_url=serialize_url(settings.callback_url),
        edition=account.setup.edition,
        seed=account.setup.seed,
        strict=settings.strict,
        numbers=dict(settings.numbers),
        credentials=[v.UserView(user=credentials.user) for credentials in settings.api_credentials],
        callback_types=None if settings.callback_types is None else sorted(settings.callback_types),
        carrier_name=settings.carrier_name,
        retry=_serialize_retry(settings.retry),
        rate=settings.rate,
        queue=format_duration(settings.queue_seconds * 1000),
        mms_receipts=settings.mms_receipts,
        fetch_media=settings.fetch_media,
        redirects=settings.redirects,
        list_limit=settings.list_limit,
        keep_messages=settings.keep_messages,
        keep_for=None if settings.keep_for is None else format_duration(settings.keep_for),
        concurrency=account.setup.concurrency,
    )


def _serialize_retry(retry: RetrySchedule) -> v.RetryView:
    return v.RetryView(
        delays=[format_duration(delay) for delay in retry.delays],
        repeat=retry.repeat,
        jitter=retry.jitter,
        window=format_duration(retry.window),
        timeout=format_duration(retry.timeout),
    )


def serialize_application(application: Application) -> v.ApplicationView:
    """Show an application without the secrets in it."""
    types = application.callback_types
    return v.ApplicationView(
        id=application.id,
        outbound_url=serialize_url(application.outbound_url),
        inbound_url=serialize_url(application.inbound_url),
        credentials=_serialize_user(application.credentials),
        inbound_credentials=_serialize_user(application.inbound_credentials),
        credentials_mode=application.credentials_mode,
        callback_types=None if types is None else sorted(types),
    )


def _serialize_user(credentials: Credentials | None) -> v.UserView | None:
    return None if credentials is None else v.UserView(user=credentials.user)


def serialize_outage(account: AccountRunner) -> v.OutageView:
    """Show whether the platform's API is out."""
    answer = account.outage()
    outage = account.records.outage
    if answer is None or outage is None:
        return v.OutageView(on=False, until=None, status=None, connection=None)
    return v.OutageView(on=True, until=outage[0], status=answer.status, connection=answer.connection.value)
