"""A scenario played in memory by the same core, at an endpoint whose answers are scripted: what ``mockbw explain`` draws.

Nothing is sent and nothing is waited for, yet the result is what a server on an auto clock records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from mockbw.core.account import Account
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import DAY
from mockbw.core.entries import Entry
from mockbw.core.model import Fault, Message
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.scenario.answers import answers_of, outcome_of, per_event
from mockbw.scenario.edition import DEFAULT_EDITION
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.playbook import OnlyPlaybook, only_scenario, start_scenario
from mockbw.scenario.values import EndpointAnswer

__all__ = ["START", "Rehearsal", "rehearse"]

START = 1_516_809_600_000
"""The start of virtual time: 2018-01-24T16:00:00Z."""

LONGEST = 366 * DAY
"""The longest rehearsal, even if more would follow: a callback cannot live longer than its retry window."""


@dataclass(slots=True)
class Rehearsal:
    """What would happen. ``message`` is None when the scenario refuses its own message. Times are virtual milliseconds."""

    source: ScenarioSource
    edition: str
    answers: tuple[EndpointAnswer, ...]
    records: Records
    message: Message | None = None
    entries: list[Entry] = field(default_factory=list)


def rehearse(
    source: ScenarioSource,
    *,
    edition: str = DEFAULT_EDITION,
    answers: Sequence[EndpointAnswer] | None = None,
    settings: AccountSettings | None = None,
    seed: str = "1",
) -> Rehearsal:
    """Play the scenario to its end. ``answers`` None: as its ``endpoint`` key says.

    Raises:
        ScenarioError: the scenario is not valid in the edition, or no message can be generated that it matches.
        UnknownError: there is no such edition.
    """
    settings = settings or AccountSettings(callback_url="http://application/callbacks")
    scenario = only_scenario(source, edition, settings.mms_receipts)
    random = Random(seed)  # noqa: S311 - for repeatability, not secrecy
    account = Account("rehearsal", edition=scenario.edition, playbook=OnlyPlaybook(scenario), random=random, settings=settings)
    rehearsal = Rehearsal(source, edition, tuple(answers or answers_of(source)), account.records)
    endpoint = per_event(rehearsal.answers)
    rehearsal.message = start_scenario(account, scenario, START)
    now = START
    _perform(account, endpoint, rehearsal.entries, now)
    while (deadline := account.next_deadline()) is not None and deadline <= START + LONGEST:
        now = max(now, deadline)
        while account.fire_due(now):
            _perform(account, endpoint, rehearsal.entries, now)
    return rehearsal


def _perform(account: Account, endpoint: Callable[[bytes], EndpointAnswer], entries: list[Entry], now: int) -> None:
    """Perform effects until there are none: an answer takes no virtual time, a time-out takes its length."""
    while effects := account.take_effects():
        for effect in effects:
            if not isinstance(effect, SendAttempt):
                entries.append(effect)
                continue
            number = account.attempt_started(effect, now)
            if number is not None:
                outcome = outcome_of(endpoint(effect.body))
                ends = now + effect.timeout if outcome.fault is Fault.TIMEOUT else now
                account.attempt_finished(effect.callback, number, outcome, now, ends)
