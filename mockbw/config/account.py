"""The settings of an account, each declared once.

What an account setting does, and its default, is in ``core/settings.py``, or in ``AccountSetup`` for how an account begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockbw.config.account_kinds import credentials, event_types, phone_numbers, retry_schedule
from mockbw.config.application import applications
from mockbw.config.kinds import choice, duration, flag, folder_or_file, instant, many, number, text, url, whole
from mockbw.config.settings import Settings
from mockbw.config.table import Door, Setting, Table
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

_ANY = Door.FILE | Door.HTTP | Door.TEST

ACCOUNT = Table(
    Setting(
        key="callback-url",
        kind=url(),
        doors=_ANY | Door.FLAG,
        title="Callback URL",
        help="Where callbacks go, unless an application says otherwise.",
        default="nowhere",
    ),
    Setting(
        key="edition",
        kind=choice(edition_names()),
        doors=_ANY | Door.FLAG,
        help="How the platform behaved at a date.",
    ),
    Setting(
        key="clock",
        kind=choice(ClockMode),
        doors=Door.FILE | Door.TEST | Door.FLAG,
        at_start=True,
        help="scaled: by `day`. real: as slow as life. auto: at once. manual: when told.",
    ),
    Setting(
        key="day",
        kind=duration(DAY // FASTEST),
        doors=Door.FILE | Door.TEST | Door.FLAG,
        at_start=True,
        help="How long 24 virtual hours take on a scaled clock.",
    ),
    Setting(
        key="start",
        kind=instant(),
        doors=Door.FILE | Door.TEST | Door.FLAG,
        at_start=True,
        help="Where virtual time begins.",
        default="now",
    ),
    Setting(
        key="seed",
        kind=text(200),
        doors=_ANY | Door.FLAG,
        at_start=True,
        help="Makes ids and choices repeat themselves.",
        default="random",
    ),
    Setting(
        key="scenarios",
        kind=many(folder_or_file("PATH"), "files and folders", most=1000, metavar="PATH"),
        doors=Door.FILE | Door.FLAG,
        several=True,
        help="Scenario files and folders.",
        default="none",
    ),
    Setting(
        key="credentials",
        kind=many(credentials(), "USER:PASSWORD", most=100, metavar="USER:PASSWORD"),
        doors=_ANY | Door.FLAG,
        field="api_credentials",
        several=True,
        help="Who may use the API.",
        default="anybody",
    ),
    Setting(
        key="barred-credentials",
        kind=many(credentials(), "USER:PASSWORD", most=100),
        doors=Door.FILE | Door.TEST,
        help="Right credentials without access to messaging: they are answered 403.",
        default="none",
    ),
    Setting(
        key="bearer-tokens",
        kind=many(text(least=1, secret=True), "tokens", most=100),
        doors=Door.FILE | Door.TEST,
        help="Bearer tokens that are accepted besides those of the token endpoint.",
        default="none",
    ),
    Setting(
        key="applications",
        kind=applications(),
        doors=Door.FILE | Door.TEST,
        help="Applications by applicationId, each with the settings below.",
        default="any",
    ),
    Setting(
        key="numbers",
        kind=phone_numbers(),
        doors=_ANY,
        help="The account's numbers, each with the applicationId of its location; one without has no events.",
        default="any",
    ),
    Setting(
        key="strict",
        kind=flag(),
        doors=_ANY,
        help="Refuse applications and numbers that are not listed, as the platform does.",
        default="for accounts of the file that list some",
    ),
    Setting(
        key="retry",
        title="Retry after",
        kind=retry_schedule(),
        doors=_ANY,
        help="When callbacks are attempted again.",
        default=f"{', '.join(map(format_duration, DEFAULT_RETRY.delays))}; for {format_duration(DEFAULT_RETRY.window)}",
    ),
    Setting(
        key="rate",
        title="Send rate",
        kind=number(0, 100_000),
        doors=_ANY,
        help="How many segments leave the send queue per second of virtual time.",
        default="no queue",
    ),
    Setting(
        key="queue",
        kind=duration(1000, unit=1000),
        doors=_ANY,
        field="queue_seconds",
        help="How much the send queue holds, as a time at that rate.",
    ),
    Setting(
        key="list-limit",
        kind=whole(1, 1_000_000),
        doors=_ANY,
        help="How many requests for the list of messages one address may make in 5 minutes of virtual time.",
        default="any number",
    ),
    Setting(
        key="mms-receipts",
        kind=flag(),
        doors=_ANY,
        title="MMS receipts",
        help="Whether MMS have delivery receipts.",
        default="as the edition has it",
    ),
    Setting(
        key="fetch-media",
        kind=flag(),
        doors=_ANY,
        help="Fetch the media of outbound messages, and let those fail whose media cannot be had.",
    ),
    Setting(
        key="carrier-name",
        kind=text(100),
        doors=_ANY,
        help="The account feature that puts `carrierName` into events, with this value.",
        default="off",
    ),
    Setting(
        key="callback-types",
        kind=event_types(),
        doors=_ANY,
        help="The events that applications ask for which do not say it themselves.",
        default="what the edition sends unasked",
    ),
    Setting(
        key="redirects",
        title="A 3xx of the endpoint",
        kind=choice(("fail", "follow", "accept")),
        doors=_ANY,
        help="What a 3xx of an endpoint means.",
    ),
    Setting(
        key="keep-messages",
        kind=whole(100, 10_000_000),
        doors=_ANY,
        help="How many messages are kept; the oldest finished ones beyond are forgotten.",
    ),
    Setting(
        key="keep-for",
        kind=duration(1000),
        doors=_ANY,
        help="Finished messages older than this are forgotten, in virtual time.",
        default="never",
    ),
    Setting(
        key="application-time",
        kind=choice(ApplicationTime),
        doors=_ANY,
        title="Times in requests",
        help="Whose time `expiration` and ranges of lists are in; auto: wall, unless the application is known to follow ours.",
    ),
    Setting(
        key="concurrency",
        kind=whole(1, 1000),
        doors=_ANY,
        at_start=True,
        help="How many attempts one endpoint gets at once.",
        default="64; 1 where time stands still",
    ),
    defaults=(AccountSettings(), Settings()),
)
"""The settings of an account. At the top of the file they hold for all accounts, below ``accounts`` for one."""


def applied(setup: AccountSetup, values: Mapping[str, Any]) -> AccountSetup:
    """Return how an account begins when these values are in force, by key; the rest as it was."""
    inner = {setting.key: setting.target for setting in ACCOUNT.of(AccountSettings)}
    settings = replace(setup.settings, **{inner[key]: value for key, value in values.items() if key in inner})
    outer = {key: value for key, value in values.items() if key not in inner}
    if "clock" in outer:
        outer["mode"] = outer.pop("clock")
    if "day" in outer:
        outer["rate"] = rate_for_day(outer.pop("day"))
    return replace(setup, settings=settings, **outer)
