"""Accounts, their clocks, settings and scenarios, as the views of the control API."""

from __future__ import annotations

from pathlib import Path

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.core.clock import LATEST, HoldKind
from mockbw.core.model import Application
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.shipped import shipped_sources
from mockbw.scenario.source_text import own_text
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
    "serialize_setting_list",
    "serialize_settings",
]

HOLDS_SHOWN = 20
"""How many holds are named; under load there are thousands of attempts in flight."""


def serialize_clock(account: AccountRunner) -> v.ClockView:
    """Show an account's clock."""
    clock = account.clock
    pace, because = account.pace()
    return v.ClockView(
        mode=clock.mode,
        rate=clock.rate,
        pace=pace,
        pace_because=because,
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
        plays=account.records.plays.get(source.name, 0),
        text=own_text(source),
    )


# -- settings ---------------------------------------------------------------------------------------------------------------


def serialize_settings(account: AccountRunner) -> v.SettingsView:
    """Show an account's settings as they are set, without the secrets in them."""
    settings, setup = account.settings, account.setup
    shown = {}
    for setting in ACCOUNT.viewed():
        holder = settings if hasattr(settings, setting.target) else setup
        shown[setting.name] = setting.kind.shown(getattr(holder, setting.target))
    return v.SettingsView(**shown)


def serialize_setting_list() -> v.SettingList:
    """Show what can be set for an account."""
    return v.SettingList(
        settings=[
            v.SettingView(
                name=setting.name,
                title=setting.label,
                help=setting.help,
                control=setting.kind.control,
                choices=list(setting.kind.choices),
                values=setting.kind.words,
                default=setting.kind.shown(setting.initial),
                default_text=setting.default_words,
            )
            for setting in ACCOUNT.viewed()
        ]
    )


def serialize_application(application: Application) -> v.ApplicationView:
    """Show an application without the secrets in it."""
    shown = {setting.name: setting.kind.shown(getattr(application, setting.target)) for setting in APPLICATION.viewed()}
    return v.ApplicationView(id=application.id, **shown)


def serialize_outage(account: AccountRunner) -> v.OutageView:
    """Show whether the platform's API is out."""
    answer = account.outage()
    outage = account.records.outage
    if answer is None or outage is None:
        return v.OutageView(on=False, until=None, status=None, connection=None)
    return v.OutageView(
        on=True, until=None if outage[0] >= LATEST else outage[0], status=answer.status, connection=answer.connection.value
    )
