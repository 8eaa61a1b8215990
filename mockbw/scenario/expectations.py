"""Evaluates ``expect``: what must be true at the end, compared with what the account recorded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mockbw.core.model import CallbackStatus, Direction, Message, Outcome
from mockbw.core.state import CallbackRecord, Records
from mockbw.core.timeline import Situation
from mockbw.documents.durations import format_duration
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.matching import Matcher
from mockbw.scenario.patterns import Pattern
from mockbw.scenario.schema import Expectation

__all__ = ["Judgement", "callbacks_about", "judge", "judge_ends"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One expectation and whether it held; ``differences`` say what was different, one line each."""

    expected: str
    differences: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """True when the expectation held."""
        return not self.differences

    def __str__(self) -> str:
        return "\n".join((f"expected {self.expected}", *(f"  but {difference}" for difference in self.differences)))


def judge(source: ScenarioSource, records: Records, messages: Collection[str] | None = None) -> list[Judgement]:
    """Judge every expectation of the scenario, in order.

    ``messages`` are the ids of the messages it was played for; None: every message that the records say it was played for.
    Replies of their handsets count as theirs. The messages that the application ``sends`` are all other outbound ones.
    """
    if messages is None:
        messages = [
            name for name, record in records.messages.items() if record.plan is not None and record.plan.scenario == source.name
        ]
    callbacks = [
        _CallbackOf(callback, records.messages[callback.message].message) for callback in callbacks_about(records, messages)
    ]
    sent = [
        record.message
        for name, record in records.messages.items()
        if record.message.direction is Direction.OUT and name not in messages
    ]
    return [
        _judge_sent(expectation, sent) if expectation.sends is not None else _judge_callbacks(expectation, callbacks)
        for expectation in source.scenario.expect
    ]


def judge_ends(records: Records, messages: Collection[str]) -> Judgement:
    """Judge a scenario that expects nothing: none of its callbacks was attempted until it expired."""
    expired = [callback for callback in callbacks_about(records, messages) if callback.status is CallbackStatus.EXPIRED]
    return Judgement(
        "every callback answered 2xx",
        tuple(f"{_name(callback)} expired after {_count(len(callback.attempts), 'attempt')}" for callback in expired),
    )


def callbacks_about(records: Records, messages: Collection[str]) -> Iterator[CallbackRecord]:
    """Yield the callbacks of the messages, and of the replies of their handsets, in the order in which they were created."""
    own = set(messages)
    for callback in records.callbacks.values():
        cause = records.messages[callback.message].cause
        if callback.message in own or (cause is not None and cause.message in own):
            yield callback


# -- callbacks ----------------------------------------------------------------------------------------------------------------


class _CallbackOf(NamedTuple):
    callback: CallbackRecord
    message: Message


def _judge_callbacks(expectation: Expectation, callbacks: Sequence[_CallbackOf]) -> Judgement:
    about = [entry.callback for entry in callbacks if _is_about(expectation, entry)]
    differences = list(_number(expectation.times, len(about), lambda: _what_was_sent(callbacks)))
    for callback in about:
        differences += [f"{_name(callback)} {difference}" for difference in _unlike(expectation, callback)]
    return Judgement(_expected(expectation), tuple(differences))


def _is_about(expectation: Expectation, entry: _CallbackOf) -> bool:
    event = entry.callback.event
    if event.type != expectation.callback or (expectation.error is not None and event.error != expectation.error):
        return False
    numbers = (event.recipient,) if event.recipient is not None else entry.message.to
    return expectation.to is None or any(
        Pattern(written).match(number) is not None for written in expectation.to for number in numbers
    )


def _unlike(expectation: Expectation, callback: CallbackRecord) -> Iterator[str]:
    """Yield how a callback differs from the expectation."""
    attempts = len(callback.attempts)
    if expectation.attempts is not None and attempts != expectation.attempts:
        yield f"took {_count(attempts, 'attempt')}, not {expectation.attempts}"
    if expectation.ends is not None and callback.status != expectation.ends:
        yield f"is {callback.status}, not {expectation.ends}"
    if expectation.answered is not None:
        yield from _answered_otherwise(expectation.answered, [attempt.outcome for attempt in callback.attempts])
    if expectation.within is not None:
        slowest = max((attempt.outcome.latency for attempt in callback.attempts if attempt.outcome is not None), default=0.0)
        if slowest > expectation.within:
            yield f"was answered after {format_duration(slowest)}, not within {format_duration(expectation.within)}"


def _answered_otherwise(expected: Sequence[str], outcomes: Sequence[Outcome | None]) -> Iterator[str]:
    for number, outcome in enumerate(outcomes, 1):
        pattern = expected[min(number, len(expected)) - 1]
        actual = "in flight" if outcome is None else str(outcome)
        if not _is_answer(pattern, actual):
            detail = f" ({outcome.detail})" if outcome is not None and outcome.detail else ""
            yield f"was answered {actual} at attempt {number}, not {pattern}{detail}"
            return
    if len(outcomes) < len(expected):
        yield f"was answered {_count(len(outcomes), 'time')}, not {len(expected)}"


def _is_answer(pattern: str, actual: str) -> bool:
    return re.fullmatch(pattern.replace("x", r"\d"), actual) is not None if pattern.endswith("xx") else pattern == actual


# -- what the application sends -----------------------------------------------------------------------------------------------


def _judge_sent(expectation: Expectation, sent: Iterable[Message]) -> Judgement:
    assert expectation.sends is not None, "the caller looked"
    matcher = Matcher(expectation.sends)
    reasons = {message.id: matcher.check(message, Situation()).because for message in sent}
    number = sum(not reason for reason in reasons.values())

    def instead() -> str:
        missed = [f"{name}: {reason}" for name, reason in reasons.items() if reason]
        return f"; it sent {'; '.join(missed)}" if missed else "; it sent nothing"

    return Judgement(_expected(expectation), tuple(_number(expectation.times, number, instead)))


# -- as text ------------------------------------------------------------------------------------------------------------------


def _number(expected: int | None, actual: int, instead: Callable[[], str]) -> Iterator[str]:
    if expected is None and actual == 0:
        yield f"none was sent{instead()}"
    elif expected is not None and actual != expected:
        yield f"it was sent {_count(actual, 'time')}, not {expected}" + (instead() if actual == 0 else "")


def _what_was_sent(callbacks: Iterable[_CallbackOf]) -> str:
    sent = Counter(_name(callback) for callback, _ in callbacks)
    names = ", ".join(name if number == 1 else f"{name} ({number} times)" for name, number in sent.items())
    return f", only {names}" if names else ", nor any other callback"


def _name(callback: CallbackRecord) -> str:
    event = callback.event
    parts = (event.type, "" if event.error is None else str(event.error), f"about {event.recipient}" if event.recipient else "")
    return " ".join(part for part in parts if part)


def _expected(expectation: Expectation) -> str:
    if expectation.sends is not None:
        fields = expectation.sends.model_dump(by_alias=True, exclude_none=True)
        facts = [f"{key} {' or '.join(value) if isinstance(value, list) else value}" for key, value in fields.items()]
        words = [f"the application to send a message ({', '.join(facts)})" if facts else "the application to send a message"]
    else:
        words = [str(expectation.callback)]
    if expectation.error is not None:
        words.append(str(expectation.error))
    if expectation.to is not None:
        words.append(f"about {' or '.join(expectation.to)}")
    if expectation.times is not None:
        words.append("never" if expectation.times == 0 else _count(expectation.times, "time"))
    details = []
    if expectation.attempts is not None:
        details.append(f"in {_count(expectation.attempts, 'attempt')}")
    if expectation.answered is not None:
        details.append(f"answered {', '.join(expectation.answered)}")
    if expectation.ends is not None:
        details.append(f"finally {expectation.ends}")
    if expectation.within is not None:
        details.append(f"each within {format_duration(expectation.within)}")
    return ", ".join([" ".join(words), *details])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
