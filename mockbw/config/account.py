"""The settings of an account, each declared once.

Defaults and effects are in ``core/settings.py``; for the start of an account, in ``Settings`` and ``AccountSetup``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockbw.config.account_kinds import credentials, event_types, phone_numbers, retry_schedule
from mockbw.config.application import applications
from mockbw.config.kinds import choice, duration, flag, folder_or_file, instant, many, number, text, url, whole
from mockbw.config.settings import Settings
from mockbw.config.table import Interface, Setting, Table
from mockbw.core.application_time import ApplicationTime
from mockbw.core.clock import DAY, ClockMode, rate_for_day
from mockbw.core.retry import DEFAULT_RETRY
from mockbw.core.settings import AccountSettings
from mockbw.documents.durations import format_duration
from mockbw.engine.account_setup import AccountSetup
from mockbw.scenario.edition import edition_names

__all__ = ["ACCOUNT", "FASTEST", "applied"]

FASTEST = 100_000
"""The highest rate of a scaled clock: so much virtual time passes in one unit of wall time."""

_ANY = Interface.FILE | Interface.HTTP | Interface.TEST

ACCOUNT = Table(
    Setting(
        key="callback-url",
        kind=url(),
        interfaces=_ANY | Interface.FLAG,
        title="Callback URL",
        help="Where callbacks go, unless the application has a URL of its own.",
        default="nowhere",
    ),
    Setting(
        key="edition",
        kind=choice(edition_names()),
        interfaces=_ANY | Interface.FLAG,
        help="The version of the platform's behavior, named by its date.",
    ),
    Setting(
        key="clock",
        kind=choice(ClockMode),
        interfaces=Interface.FILE | Interface.TEST | Interface.FLAG,
        at_start=True,
        help="What moves virtual time. scaled: see `day`. real: wall time. auto: jumps to what is due. manual: on request.",
    ),
    Setting(
        key="day",
        kind=duration(DAY // FASTEST),
        interfaces=Interface.FILE | Interface.TEST | Interface.FLAG,
        at_start=True,
        help="How long 24 virtual hours take on a scaled clock.",
    ),
    Setting(
        key="start",
        kind=instant(),
        interfaces=Interface.FILE | Interface.TEST | Interface.FLAG,
        at_start=True,
        help="Start of virtual time.",
        default="now",
    ),
    Setting(
        key="seed",
        kind=text(200),
        interfaces=_ANY | Interface.FLAG,
        at_start=True,
        help="Seed of ids and random choices; the same seed gives the same ones.",
        default="random",
    ),
    Setting(
        key="scenarios",
        kind=many(folder_or_file("PATH"), "files and folders", most=1000, metavar="PATH"),
        interfaces=Interface.FILE | Interface.FLAG,
        several=True,
        help="Scenario files and folders.",
        default="none",
    ),
    Setting(
        key="credentials",
        kind=many(credentials(), "USER:PASSWORD", most=100, metavar="USER:PASSWORD"),
        interfaces=_ANY | Interface.FLAG,
        field="api_credentials",
        several=True,
        help="Who may use the API.",
        default="anybody",
    ),
    Setting(
        key="barred-credentials",
        kind=many(credentials(), "USER:PASSWORD", most=100),
        interfaces=Interface.FILE | Interface.TEST,
        help="Valid credentials without access to messaging: requests with them get 403.",
        default="none",
    ),
    Setting(
        key="bearer-tokens",
        kind=many(text(least=1, secret=True), "tokens", most=100),
        interfaces=Interface.FILE | Interface.TEST,
        help="Bearer tokens that are accepted in addition to those of the token endpoint.",
        default="none",
    ),
    Setting(
        key="applications",
        kind=applications(),
        interfaces=Interface.FILE | Interface.TEST,
        help="Applications by applicationId, each with the settings below.",
        default="any",
    ),
    Setting(
        key="numbers",
        kind=phone_numbers(),
        interfaces=_ANY,
        help="The account's numbers, each with the applicationId of its location; a number without one gets no events.",
        default="any",
    ),
    Setting(
        key="strict",
        kind=flag(),
        interfaces=_ANY,
        help="Refuse applications and numbers that are not listed, as the platform does.",
        default="true for accounts below `accounts` that list some",
    ),
    Setting(
        key="retry",
        title="Retry after",
        kind=retry_schedule(),
        interfaces=_ANY,
        help="The retry schedule of callbacks.",
        default=f"{', '.join(map(format_duration, DEFAULT_RETRY.delays))}; for {format_duration(DEFAULT_RETRY.window)}",
    ),
    Setting(
        key="rate",
        title="Send rate",
        kind=number(0, 100_000),
        interfaces=_ANY,
        help="Rate of the send queue, in segments per second of virtual time.",
        default="no queue",
    ),
    Setting(
        key="queue",
        kind=duration(1000, unit=1000),
        interfaces=_ANY,
        field="queue_seconds",
        help="Capacity of the send queue, as a duration at that rate.",
    ),
    Setting(
        key="list-limit",
        kind=whole(1, 1_000_000),
        interfaces=_ANY,
        help="Limit of requests for the list of messages from one address in 5 minutes of virtual time.",
        default="no limit",
    ),
    Setting(
        key="mms-receipts",
        kind=flag(),
        interfaces=_ANY,
        title="MMS receipts",
        help="Whether MMS have delivery receipts.",
        default="depends on the edition",
    ),
    Setting(
        key="fetch-media",
        kind=flag(),
        interfaces=_ANY,
        help="Fetch the media of outbound messages; messages whose media cannot be fetched fail.",
    ),
    Setting(
        key="carrier-name",
        kind=text(100),
        interfaces=_ANY,
        help="The value of `carrierName` in events, an optional feature of an account.",
        default="off",
    ),
    Setting(
        key="callback-types",
        kind=event_types(),
        interfaces=_ANY,
        help="The types of events that applications get callbacks for, unless the application has its own list.",
        default="those the edition sends without being asked",
    ),
    Setting(
        key="redirects",
        title="Redirects (3xx)",
        kind=choice(("fail", "follow", "accept")),
        interfaces=_ANY,
        help="What happens on a 3xx from an endpoint.",
    ),
    Setting(
        key="keep-messages",
        kind=whole(100, 10_000_000),
        interfaces=_ANY,
        help="How many messages are kept; the oldest finished ones are deleted first.",
    ),
    Setting(
        key="keep-for",
        kind=duration(1000),
        interfaces=_ANY,
        help="How long finished messages are kept, in virtual time.",
        default="no limit",
    ),
    Setting(
        key="application-time",
        kind=choice(ApplicationTime),
        interfaces=_ANY,
        title="Times in requests",
        help="Whose time `expiration` and ranges of lists are in; auto: wall, unless the application is known to follow ours.",
    ),
    Setting(
        key="concurrency",
        kind=whole(1, 1000),
        interfaces=_ANY,
        at_start=True,
        help="How many attempts are made at an endpoint at the same time.",
        default="64; 1 on an auto or manual clock",
    ),
    defaults=(AccountSettings(), Settings()),
)
"""The settings of an account. At the top level of the file they apply to all accounts, below ``accounts`` to one."""


def applied(setup: AccountSetup, values: Mapping[str, Any]) -> AccountSetup:
    """Return a setup with the given values, by key, and otherwise as before."""
    inner = {setting.key: setting.target for setting in ACCOUNT.of(AccountSettings)}
    settings = replace(setup.settings, **{inner[key]: value for key, value in values.items() if key in inner})
    outer = {ACCOUNT[key].target: value for key, value in values.items() if key not in inner}
    if "clock" in outer:
        outer["mode"] = outer.pop("clock")
    if "day" in outer:
        outer["rate"] = rate_for_day(outer.pop("day"))
    return replace(setup, settings=settings, **outer)
