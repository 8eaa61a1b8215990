"""What the control API shows of accounts: clocks, settings, applications, scenarios, and how they were changed."""

from __future__ import annotations

from typing import Any

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.config.kinds import Control
from mockbw.core.clock import ClockMode
from mockbw.server.control.schemas.views import ProblemView, Time, View

__all__ = [
    "AccountPage",
    "AccountView",
    "AdvanceView",
    "ApplicationPage",
    "ApplicationView",
    "ClockView",
    "HoldView",
    "OutageView",
    "PlayPage",
    "PlayView",
    "ScenarioPage",
    "ScenarioView",
    "SettingList",
    "SettingView",
    "SettingsView",
    "ValidationView",
]


class HoldView(View):
    """Something in flight that keeps an auto or manual clock from moving."""

    name: str
    by_hand: bool
    """Whether it was taken through the control API."""


class ClockView(View):
    """The account's clock."""

    mode: ClockMode
    rate: float
    """Virtual time that passes in one unit of wall time while the clock flows and work is pending."""
    pace: float
    """Virtual time that passes in one unit of wall time at present; 0 while the clock stands."""
    pace_because: str
    """Why it is so much."""
    now: Time
    """Virtual time."""
    wall: Time
    """Wall time at that moment."""
    next_deadline: Time | None
    """When something is due next (virtual); null when nothing is to come."""
    holds: list[HoldView]
    """The first of them by name, in the order in which they were taken."""
    holds_count: int
    """How many there are."""
    idle: bool
    """Whether nothing is scheduled and no callback is under way."""


class AccountView(View):
    """One account and how much it holds."""

    name: str
    edition: str
    clock: ClockView
    messages: int
    callbacks: int
    pending: int
    """Callbacks not yet delivered, expired or cancelled."""
    requests: int
    callback_url: str | None
    """Where callbacks go unless an application says otherwise; a password in it is not shown."""


class AccountPage(View):
    """All accounts, in the order in which they began."""

    accounts: list[AccountView]


class ScenarioView(View):
    """One scenario."""

    name: str
    description: str
    file: str
    """Where it was read from; only the file's own name if it is shipped."""
    shipped: bool
    loaded: bool
    """Whether it is among those that messages are matched with. One that is not can still be played by its name."""
    on: bool
    """Whether it is switched on."""
    editions: list[str] | None
    """The editions it is for; null for all."""
    fits: bool
    """Whether the account's edition is among them."""
    match: dict[str, Any]
    """Which messages it is for."""
    times: int | None
    """For at most this many messages."""
    plays: int
    """How often it was played."""
    text: str
    """The YAML it was written in."""


class ScenarioPage(View):
    """The account's scenarios in the order in which they are tried, then the shipped ones that are not loaded."""

    scenarios: list[ScenarioView]


class ApplicationView(APPLICATION.view("ApplicationFields", View)):  # type: ignore[misc]  # made of the table
    """An application: where its callbacks go."""

    id: str


class ApplicationPage(View):
    """The applications that the account lists."""

    applications: list[ApplicationView]


class SettingsView(ACCOUNT.view("SettingsFields", View)):  # type: ignore[misc]  # made of the table
    """The settings of an account, written as they are set. Passwords and tokens are not shown."""


class SettingView(View):
    """One setting of an account, and its valid values."""

    name: str
    """Its name in the settings."""
    title: str
    """Its label in a form."""
    help: str
    """What it is for."""
    control: Control
    """The form control for it; `none`: it has too much structure, or is a secret."""
    choices: list[str]
    """The values to choose from; empty if there is no such list."""
    values: str
    """The valid values, in words."""
    default: Any
    """The default value, as it is written."""
    default_text: str
    """What applies by default, in words."""


class SettingList(View):
    """The settings of accounts that can be changed, in the order of the configuration."""

    settings: list[SettingView]


class AdvanceView(View):
    """How far the clock went, and what happened on the way."""

    before: Time
    """Virtual time before."""
    clock: ClockView
    """The clock now."""
    steps: int | None
    """How many deadlines there were, if `steps` was asked for."""
    attempts: int
    """How many attempts ended on the way."""
    delivered: int
    """How many callbacks were delivered on the way."""
    expired: int
    """How many callbacks expired on the way."""
    after: int
    """The journal's last entry before; `journal?after=` it tells what happened."""


class OutageView(View):
    """Whether the platform's API is out."""

    on: bool
    until: Time | None
    """When it ends (virtual); null when it lasts until it is ended."""
    status: int | None
    """What requests are answered meanwhile; null where they get no answer."""
    connection: str | None
    """What happens to the connection: `keep`, `reset`, `silent` or `truncated`."""


class PlayView(View):
    """What a scenario was started with."""

    scenario: str
    message: str | None
    """The id of the message; null when the scenario refuses its own message."""


class PlayPage(View):
    """What each scenario was started with."""

    plays: list[PlayView]


class ValidationView(View):
    """Whether scenarios are right."""

    valid: bool
    scenarios: list[str]
    """The names of those that were read; empty when any is wrong."""
    problems: list[ProblemView]
    """Everything that is wrong, where, and what would be right."""
