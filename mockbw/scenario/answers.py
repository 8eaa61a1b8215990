"""Scripted answers of an endpoint: from the ``endpoint`` key of a scenario, or from ``--answers``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from mockbw.core.model import Fault, Outcome
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.values import EndpointAnswer, endpoint_answer

__all__ = ["answers_of", "outcome_of", "parse_answers", "per_event"]


def per_event(answers: Sequence[EndpointAnswer] = (200,)) -> Callable[[bytes], EndpointAnswer]:
    """Return a function that chooses the answer to an attempt by its body: as listed, and the last one repeats.

    Attempts belong to the same callback when their bodies are the same bytes, which is all that an endpoint can know.
    """
    seen: Counter[bytes] = Counter()

    def choose(body: bytes) -> EndpointAnswer:
        seen[body] += 1
        return answers[min(seen[body], len(answers)) - 1]

    return choose


def answers_of(source: ScenarioSource) -> tuple[EndpointAnswer, ...]:
    """Return the answers in the scenario's ``endpoint``; 200 when it has none."""
    return tuple(source.scenario.endpoint.answers) if source.scenario.endpoint is not None else (200,)


def parse_answers(written: str) -> tuple[EndpointAnswer, ...]:
    """Read ``500,500,200`` or ``timeout,reset,200``.

    Raises:
        ValueError: with a sentence that says what would be right.
    """
    return tuple(endpoint_answer(word.strip()) for word in written.split(","))


def outcome_of(answer: EndpointAnswer) -> Outcome:
    """Return the outcome of an attempt with this answer."""
    match answer:
        case "reset":
            return Outcome(fault=Fault.RESET)
        case "timeout":
            return Outcome(fault=Fault.TIMEOUT)
    return Outcome(status=answer)
