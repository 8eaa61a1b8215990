"""The control API's hand on accounts: begin, reset, remove; settings, applications, outages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockbw.config.account import ACCOUNT, applied
from mockbw.config.account_kinds import application_id
from mockbw.config.application import APPLICATION, application_of
from mockbw.config.table import Interface
from mockbw.core.clock import ClockMode, rate_for_day
from mockbw.core.model import Application
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.runner import AccountRunner
from mockbw.errors import UnknownError
from mockbw.scenario.loader import load_text
from mockbw.scenario.steps import compile_answer
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable
from mockbw.server.control.schemas import account_views as v
from mockbw.server.control.schemas.bodies import (
    AccountBody,
    ApplicationBody,
    ClockBody,
    OutageBody,
    SettingsBody,
)
from mockbw.server.control.serialize.accounts import (
    serialize_account,
    serialize_application,
    serialize_outage,
    serialize_setting_list,
    serialize_settings,
)

__all__ = ["TABLE", "pace"]

TABLE = RouteTable()


def _known_users(call: ControlRequest) -> dict[str, Any]:
    """Return the passwords, by user, that can be left out of the account's settings."""
    name = call.name("account")
    running = [account.settings for account in call.engine.accounts if account.name == name]
    settings = (call.engine.setup_of(name).settings, *running)
    return {"passwords": {known.user: known.password for one in settings for known in one.api_credentials}}


@TABLE.route("PUT", "accounts/{account}", context=_known_users)
async def put_account(call: ControlRequest, body: AccountBody) -> v.AccountView:
    """Begin an account with a setup of its own. One of that name is reset and begins anew."""
    name = call.account_name()
    usual = call.engine.setup_of(name)
    mode, rate = usual.mode, usual.rate
    if body.clock is not None:
        mode, rate = pace(body.clock, mode, rate)
    setup = replace(
        applied(usual, _values(body, call.engine.setup)),
        mode=mode,
        rate=rate,
        start=usual.start if body.start is None else body.start,
        sources=(*(load_text(body.scenarios) if body.scenarios else ()), *usual.sources),
    )
    return serialize_account(await call.engine.recreate(name, setup))


@TABLE.route("DELETE", "accounts/{account}")
async def delete_account(call: ControlRequest) -> None:
    """Cancel everything outstanding of an account and forget it."""
    await call.engine.remove(call.name("account"))


@TABLE.route("POST", "accounts/{account}/reset")
async def reset_account(call: ControlRequest) -> v.AccountView:
    """Cancel everything outstanding and forget every record; settings, scenarios and clock stay."""
    account = call.begin()
    account.reset()
    return serialize_account(account)


def pace(wanted: ClockBody, mode: ClockMode, rate: float) -> tuple[ClockMode, float]:
    """Return the mode and rate that are wanted, given what they are now."""
    if wanted.day is not None:
        rate = rate_for_day(wanted.day)
    return wanted.mode or mode, wanted.rate or rate


# -- settings ---------------------------------------------------------------------------------------------------------------


@TABLE.route("GET", "settings")
async def list_settings(call: ControlRequest) -> v.SettingList:
    """List the settings of accounts: what each is for, its valid values and its default."""
    return serialize_setting_list()


@TABLE.route("GET", "accounts/{account}/settings")
async def get_settings(call: ControlRequest) -> v.SettingsView:
    """Show the settings, written as they are set; passwords are left out."""
    return serialize_settings(call.account)


@TABLE.route("PUT", "accounts/{account}/settings", context=_known_users)
async def put_settings(call: ControlRequest, body: SettingsBody) -> v.SettingsView:
    """Change settings: only those that are given; null sets one back to its default."""
    account = call.begin()
    values = _values(body, call.engine.setup)
    setup = applied(account.setup, values)
    account.use_setup(setup)
    if "seed" in values:
        account.reseed(setup.seed)
    return serialize_settings(account)


def _values(body: SettingsBody, usual: AccountSetup) -> dict[str, Any]:
    """Return the values that a body sets, by key; null resets one to its default."""
    given = ACCOUNT.given(body, Interface.HTTP)
    defaults = {key: ACCOUNT[key].initial for key in given} | {"edition": usual.edition}
    return {key: defaults[key] if value is None else value for key, value in given.items()}


# -- applications -----------------------------------------------------------------------------------------------------------


@TABLE.route("GET", "accounts/{account}/applications")
async def list_applications(call: ControlRequest) -> v.ApplicationPage:
    """List the applications that the account knows. Unless it is strict, it accepts any other as well."""
    applications = call.account.settings.applications.values()
    return v.ApplicationPage(applications=[serialize_application(application) for application in applications])


@TABLE.route("GET", "accounts/{account}/applications/{application}")
async def get_application(call: ControlRequest) -> v.ApplicationView:
    """Show one application; passwords are left out."""
    return serialize_application(_application(call.account, call.name("application")))


def _known_to_application(call: ControlRequest) -> dict[str, Any]:
    """Return the passwords, by user, that can be left out of an application."""
    name, application = call.name("account"), call.name("application")
    begun = [account.settings.applications.get(application) for account in call.engine.accounts if account.name == name]
    known = [credentials for one in begun if one is not None for credentials in (one.inbound_credentials, one.credentials)]
    return {"passwords": {credentials.user: credentials.password for credentials in known if credentials is not None}}


@TABLE.route("PUT", "accounts/{account}/applications/{application}", context=_known_to_application)
async def put_application(call: ControlRequest, body: ApplicationBody) -> v.ApplicationView:
    """Begin or replace an application. Callbacks that are on their way keep the URL they have."""
    account, name = call.begin(), call.name("application")
    try:
        application_id(name)
    except ValueError as error:
        raise ControlError(422, str(error)) from None
    settings = account.settings
    application = application_of(name, APPLICATION.given(body, Interface.HTTP))
    account.configure(replace(settings, applications={**settings.applications, name: application}))
    return serialize_application(application)


@TABLE.route("DELETE", "accounts/{account}/applications/{application}")
async def delete_application(call: ControlRequest) -> None:
    """Forget an application."""
    account = call.account
    gone = _application(account, call.name("application"))
    settings = account.settings
    account.configure(replace(settings, applications={k: a for k, a in settings.applications.items() if k != gone.id}))


def _application(account: AccountRunner, name: str) -> Application:
    known = account.settings.applications
    if name not in known:
        raise UnknownError("application", name, known)
    return known[name]


# -- outages ----------------------------------------------------------------------------------------------------------------


@TABLE.route("GET", "accounts/{account}/outage")
async def get_outage(call: ControlRequest) -> v.OutageView:
    """Say whether the platform's API is out, and until when."""
    return serialize_outage(call.account)


@TABLE.route("PUT", "accounts/{account}/outage")
async def put_outage(call: ControlRequest, body: OutageBody) -> v.OutageView:
    """Let the platform's API fail from now on: for a while, or until it is ended."""
    account = call.begin()
    account.begin_outage(compile_answer(body.answer), body.duration)
    return serialize_outage(account)


@TABLE.route("DELETE", "accounts/{account}/outage")
async def delete_outage(call: ControlRequest) -> None:
    """End an outage, if there is one."""
    account = call.account
    if account.outage() is not None:
        account.begin_outage(compile_answer(OutageBody().answer), 0)
