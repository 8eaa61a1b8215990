"""The scenarios of an account in their order: the core's ``Playbook``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nsmallest

from mockbw.core.account import Account, InboundDraft
from mockbw.core.edition import Edition
from mockbw.core.ids import RandomBits
from mockbw.core.model import Kind, Message
from mockbw.core.timeline import Miss, Plan, Situation, Track
from mockbw.errors import Problem, ScenarioError
from mockbw.scenario.checks import edition_problems
from mockbw.scenario.compile import CompiledScenario
from mockbw.scenario.edition import load_edition
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.sample import start_of
from mockbw.scenario.steps import EditionContext, default_track

__all__ = ["OnlyPlaybook", "ScenarioPlaybook", "only_scenario", "start_scenario"]

FEW = 50
"""Up to this many of the user's scenarios, all of them are checked for near misses."""

MISSES_KEPT = 3
"""How many near misses are kept in a message's plan."""


class ScenarioPlaybook:
    """The scenarios of one account for one edition: the first match plays, in the order given; else the edition's own timeline.

    Scenarios are indexed by their recipients' numbers or prefixes, so thousands of them cost nothing.

    Raises:
        ScenarioError: a scenario uses what the edition does not have.
    """

    def __init__(self, edition: str, sources: Iterable[ScenarioSource], mms_receipts: bool | None = None) -> None:
        self.context = EditionContext(load_edition(edition), mms_receipts)
        self.scenarios: list[CompiledScenario] = []
        problems: list[Problem] = []
        for source in sources:
            problems.extend(edition_problems(source))
            if source.scenario.editions is not None and edition not in source.scenario.editions:
                continue
            try:
                self.scenarios.append(CompiledScenario(source, self.context))
            except ScenarioError as error:
                problems.extend(error.problems)
        if problems:
            raise ScenarioError(problems)
        self._open: list[int] = []
        self._by_start: dict[str, list[int]] = {}
        own = sum(not scenario.source.shipped for scenario in self.scenarios)
        for index, scenario in enumerate(self.scenarios):
            starts = scenario.matcher.starts
            # As long as there are few, the user's are checked against every message, to say why they did not match.
            if starts is None or not (scenario.source.shipped or own > FEW):
                self._open.append(index)
                continue
            for start in dict.fromkeys(starts):
                self._by_start.setdefault(start, []).append(index)
        self._lengths = sorted({len(start) for start in self._by_start})
        self._default: dict[Kind, Track] = {}
        self._default_plans: dict[tuple[Kind, int], Plan] = {}

    @property
    def edition(self) -> Edition:
        """The edition the scenarios were compiled for."""
        return self.context.edition

    def plan(self, message: Message, situation: Situation, random: RandomBits) -> Plan:
        """Return the plan of the first scenario that matches, else the edition's own with the near misses."""
        if situation.silent:
            return Plan(tuple(() for _ in message.to), misses=(Miss("edition", situation.silent),))
        candidates = self._candidates(message)
        if not candidates and not situation.refused:
            return self._default_plan(message, situation, random)
        misses: list[tuple[int, int, Miss]] = []
        for index in candidates:
            scenario = self.scenarios[index]
            verdict = scenario.check(message, situation)
            if verdict.bindings is not None:
                return scenario.plan(message, verdict.bindings, situation, random)
            if not scenario.source.shipped or verdict.failed < verdict.total:
                misses.append((verdict.failed, index, Miss(scenario.name, verdict.because)))
        nearest = tuple(miss for _, _, miss in nsmallest(MISSES_KEPT, misses, key=lambda entry: entry[:2]))
        return Plan(
            tuple(self._default_track(message, track, situation, random) for track in range(len(message.to))), misses=nearest
        )

    def _default_plan(self, message: Message, situation: Situation, random: RandomBits) -> Plan:
        """Return the edition's own plan, which most messages share."""
        shape = message.kind, len(message.to)
        plan = self._default_plans.get(shape)
        if plan is None:
            plan = Plan(tuple(self._default_track(message, track, situation, random) for track in range(len(message.to))))
            self._default_plans[shape] = plan
        return plan

    def _default_track(self, message: Message, track: int, situation: Situation, random: RandomBits) -> Track:
        refused = situation.refused.get(message.to[track])
        if refused is not None:
            return default_track(self.context, message, track, refused, random)
        if message.kind not in self._default:
            self._default[message.kind] = default_track(self.context, message, track, None, random)
        return self._default[message.kind]

    def _candidates(self, message: Message) -> Sequence[int]:
        found: list[int] = []
        for recipient in message.to:
            for length in self._lengths:
                if (indexes := self._by_start.get(recipient[:length])) is not None:
                    found += indexes
        return sorted({*self._open, *found}) if found else self._open


class OnlyPlaybook:
    """Plays one scenario, whatever the message and the state of its handset: for a message that the scenario itself starts."""

    def __init__(self, scenario: CompiledScenario) -> None:
        self._scenario = scenario

    def plan(self, message: Message, situation: Situation, random: RandomBits) -> Plan:
        """Return the scenario's plan."""
        return self._scenario.plan(message, self._scenario.bindings(message) or {}, situation, random)


def only_scenario(source: ScenarioSource, edition: str, mms_receipts: bool | None = None) -> CompiledScenario:
    """Compile one scenario to be played by itself.

    Raises:
        ScenarioError: it is not valid in the edition.
        UnknownError: there is no such edition.
    """
    playbook = ScenarioPlaybook(edition, [source], mms_receipts)
    if not playbook.scenarios:
        editions = ", ".join(source.scenario.editions or ())
        message = f"scenario {source.name} is for edition {editions}, not {edition}"
        raise ScenarioError([source.problem(("editions",), message)])
    return playbook.scenarios[0]


def start_scenario(account: Account, scenario: CompiledScenario, now: int) -> Message | None:
    """Start a scenario by itself: with its ``given``, else with a message generated to match it.

    Returns that message, or None when the scenario refuses it.

    Raises:
        ScenarioError: no message can be generated that it matches.
    """
    start = start_of(scenario.source)
    if isinstance(start, InboundDraft):
        return next(iter(account.receive(start, now, playbook=OnlyPlaybook(scenario))), None)
    return account.start(start, OnlyPlaybook(scenario), now)
