"""The control API's hand on accounts: begin, reset, remove; settings, applications, outages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mockbw.core.clock import ClockMode, rate_for_day
from mockbw.core.model import Application, Credentials
from mockbw.core.settings import AccountSettings
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.runner import AccountRunner
from mockbw.errors import UnknownError
from mockbw.scenario.compile import compile_retry
from mockbw.scenario.loader import load_text
from mockbw.scenario.steps import compile_answer
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable
from mockbw.server.control.schemas import account_views as v
from mockbw.server.control.schemas.bodies import (
    AccountBody,
    ApplicationBody,
    ClockBody,
    CredentialsBody,
    OutageBody,
    SettingsBody,
)
from mockbw.server.control.schemas.views import ProblemView
from mockbw.server.control.serialize.accounts import (
    serialize_account,
    serialize_application,
    serialize_outage,
    serialize_settings,
)

__all__ = ["TABLE", "pace"]

TABLE = RouteTable()

UNTIL_ENDED = 365 * 86_400_000
"""How long an outage lasts that nobody ends, in virtual milliseconds."""


@TABLE.route("PUT", "accounts/{account}", refusals=(409,))
async def put_account(call: ControlRequest, body: AccountBody) -> v.AccountView:
    """Begin an account with a setup of its own. One of that name is reset and begins anew."""
    name = call.account_name()
    if call.engine.full and not any(account.name == name for account in call.engine.accounts):
        raise ControlError(409, f"there are {len(call.engine.accounts)} accounts already", "DELETE those that are done with")
    usual = call.engine.setup_of(name)
    mode, rate = usual.mode, usual.rate
    if body.clock is not None:
        mode, rate = pace(body.clock, mode, rate)
    setup = replace(
        _changed_setup(usual, body, call.engine.setup),
        mode=mode,
        rate=rate,
        start=usual.start if body.start is None else body.start,
        settings=_changed(usual.settings, body),
        sources=(*(load_text(body.scenarios) if body.scenarios else ()), *usual.sources),
    )
    return serialize_account(await call.engine.begin_anew(name, setup))


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


@TABLE.route("GET", "accounts/{account}/settings")
async def get_settings(call: ControlRequest) -> v.SettingsView:
    """Show the settings, written as they are set; passwords are left out."""
    return serialize_settings(call.account)


@TABLE.route("PUT", "accounts/{account}/settings")
async def put_settings(call: ControlRequest, body: SettingsBody) -> v.SettingsView:
    """Change settings: only those that are given; null sets one back to its default."""
    account = call.begin()
    setup = _changed_setup(account.setup, body, call.engine.setup)
    account.use_setup(replace(setup, settings=_changed(account.settings, body)))
    if "seed" in body.model_fields_set:
        account.reseed(setup.seed)
    return serialize_settings(account)


def _changed_setup(setup: AccountSetup, body: SettingsBody, usual: AccountSetup) -> AccountSetup:
    given = {name: getattr(body, name) for name in ("edition", "seed", "concurrency") if name in body.model_fields_set}
    if given.get("edition", "") is None:
        given["edition"] = usual.edition
    return replace(setup, **given)


def _changed(settings: AccountSettings, body: SettingsBody) -> AccountSettings:
    """Return the settings with what the body says; null brings back the default."""
    usual = AccountSettings()
    changes: dict[str, Any] = {}
    for name in body.model_fields_set & _SAME_NAME:
        value = getattr(body, name)
        changes[name] = getattr(usual, name) if value is None else value
    given = body.model_fields_set
    if "credentials" in given:
        changes["api_credentials"] = tuple(
            _credentials(pair, settings.api_credentials, "credentials") for pair in body.credentials or ()
        )
    if "callback_types" in given:
        changes["callback_types"] = None if body.callback_types is None else frozenset(body.callback_types)
    if "retry" in given:
        changes["retry"] = compile_retry(body.retry) or usual.retry
    if "queue" in given:
        changes["queue_seconds"] = usual.queue_seconds if body.queue is None else body.queue // 1000
    return replace(settings, **changes)


_SAME_NAME = {
    "callback_url", "strict", "numbers", "carrier_name", "rate", "mms_receipts", "fetch_media", "redirects", "list_limit",
    "keep_messages", "keep_for",
}  # fmt: skip
"""Settings that are called here what the core calls them, and have the same value."""


def _credentials(given: CredentialsBody, known: Iterable[Credentials | None], field: str) -> Credentials:
    if given.password is not None:
        return Credentials(given.user, given.password)
    for credentials in known:
        if credentials is not None and credentials.user == given.user:
            return credentials
    message = f"the password of user {given.user!r} is missing"
    raise ControlError(422, message, problems=[ProblemView(field=f"{field}.password", message=message)])


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


@TABLE.route("PUT", "accounts/{account}/applications/{application}")
async def put_application(call: ControlRequest, body: ApplicationBody) -> v.ApplicationView:
    """Begin or replace an application. Callbacks that are on their way keep the URL they have."""
    account, name = call.begin(), call.name("application")
    if len(name) > 100 or not name.isprintable():
        raise ControlError(422, f"{name[:100]!r} is no applicationId", "At most 100 characters that can be printed")
    settings = account.settings
    known = settings.applications.get(name)
    credentials = _told_with(body.credentials, known, "credentials")
    inbound = (
        credentials if body.inbound_credentials is None else _told_with(body.inbound_credentials, known, "inbound_credentials")
    )
    application = Application(
        id=name,
        outbound_url=body.outbound_url or body.callback_url,
        inbound_url=body.inbound_url or body.callback_url,
        credentials=credentials,
        inbound_credentials=inbound,
        credentials_mode=body.credentials_mode,
        callback_types=None if body.callback_types is None else frozenset(body.callback_types),
    )
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


def _told_with(given: CredentialsBody | None, known: Application | None, field: str) -> Credentials | None:
    before = () if known is None else (known.credentials, known.inbound_credentials)
    return None if given is None else _credentials(given, before, field)


# -- outages ----------------------------------------------------------------------------------------------------------------


@TABLE.route("GET", "accounts/{account}/outage")
async def get_outage(call: ControlRequest) -> v.OutageView:
    """Say whether the platform's API is out, and until when."""
    return serialize_outage(call.account)


@TABLE.route("PUT", "accounts/{account}/outage")
async def put_outage(call: ControlRequest, body: OutageBody) -> v.OutageView:
    """Let the platform's API fail from now on: for a while, or until it is ended."""
    account = call.begin()
    account.begin_outage(compile_answer(body.answer), UNTIL_ENDED if body.duration is None else body.duration)
    return serialize_outage(account)


@TABLE.route("DELETE", "accounts/{account}/outage")
async def delete_outage(call: ControlRequest) -> None:
    """End an outage, if there is one."""
    account = call.account
    if account.outage() is not None:
        account.begin_outage(compile_answer(OutageBody().answer), 0)
