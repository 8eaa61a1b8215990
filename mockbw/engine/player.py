"""Plays scenarios on a running account, and checks whether their expectations held."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mockbw.core.model import Message
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.expectations import Judgement, judge, judge_ends
from mockbw.scenario.loader import ScenarioSource

__all__ = ["Performance", "play"]


@dataclass(frozen=True, slots=True)
class Performance:
    """One scenario as it was played. ``message`` is None when the scenario refused its own message."""

    source: ScenarioSource
    message: Message | None
    judgements: tuple[Judgement, ...]

    @property
    def held(self) -> bool:
        """True when every expectation held."""
        return all(judgement.held for judgement in self.judgements)


async def play(account: AccountRunner, source: ScenarioSource, *, patience: float = 5.0) -> Performance:
    """Play a scenario by itself until nothing is left to do, and judge it.

    What the application is expected to send may come some time after the callback that triggers it, and is waited for up to
    ``patience`` seconds of wall time. A scenario without ``expect`` holds when every callback was finally answered.

    Raises:
        ScenarioError: the scenario is not valid in the account's edition, or no message can be generated that it matches.
    """
    message = account.play(source)
    played = () if message is None else (message.id,)
    await account.settle()
    judgements = judge(source, account.records, played)
    try:
        async with asyncio.timeout(patience):
            while _awaits_the_application(source, judgements):
                await account.changed()
                await account.settle()
                judgements = judge(source, account.records, played)
    except TimeoutError:
        pass  # the judgements say what is missing
    if not source.scenario.expect:
        judgements.append(judge_ends(account.records, played))
    return Performance(source, message, tuple(judgements))


def _awaits_the_application(source: ScenarioSource, judgements: list[Judgement]) -> bool:
    pairs = zip(source.scenario.expect, judgements, strict=True)
    return any(expectation.sends is not None and not judgement.held for expectation, judgement in pairs)
