"""What an endpoint is told to answer: the ``answers`` of a scenario's ``endpoint`` key, and of ``--answers``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mockbw.core.model import Fault, Outcome
from mockbw.scenario.loader import Source
from mockbw.scenario.values import EndpointAnswer, endpoint_answer

__all__ = ["ScriptedAnswers", "answers_of", "outcome_of", "parse_answers"]


class ScriptedAnswers:
    """Answers the attempts that tell one event in order; the last answer repeats.

    Attempts belong to the same event when their bodies are the same bytes, which is all that an endpoint can go by.
    """

    def __init__(self, answers: Sequence[EndpointAnswer] = (200,)) -> None:
        self._answers = tuple(answers)
        self._seen: Counter[bytes] = Counter()

    def next(self, body: bytes) -> EndpointAnswer:
        """Return the answer to the next attempt with this body."""
        number = self._seen[body]
        self._seen[body] += 1
        return self._answers[min(number, len(self._answers) - 1)]


def answers_of(source: Source) -> tuple[EndpointAnswer, ...]:
    """Return how the scenario says that the endpoint should answer; 200 when it says nothing."""
    return tuple(source.scenario.endpoint.answers) if source.scenario.endpoint is not None else (200,)


def parse_answers(written: str) -> tuple[EndpointAnswer, ...]:
    """Read ``500,500,200`` or ``timeout,reset,200``.

    Raises:
        ValueError: with a sentence that says what would be right.
    """
    return tuple(endpoint_answer(word.strip()) for word in written.split(","))


def outcome_of(answer: EndpointAnswer) -> Outcome:
    """Return how an attempt ends that is answered so."""
    match answer:
        case "reset":
            return Outcome(fault=Fault.RESET)
        case "timeout":
            return Outcome(fault=Fault.TIMEOUT)
    return Outcome(status=answer)
