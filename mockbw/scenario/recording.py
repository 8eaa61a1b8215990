"""A past message as a scenario that reproduces it: what ``mockbw record`` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from mockbw.core.model import Direction, Fault, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule
from mockbw.core.state import CallbackRecord, MessageRecord, Records
from mockbw.core.timeline import (
    ApiAnswer,
    CallbackStep,
    Connection,
    FallbackStep,
    OutageStep,
    Plan,
    ReplyStep,
    SetStateStep,
    Step,
)
from mockbw.documents.durations import format_duration
from mockbw.errors import Problem, ScenarioError, UnknownError
from mockbw.scenario.expectations import callbacks_about
from mockbw.scenario.values import EndpointAnswer

__all__ = ["recorded_yaml", "scenario_of"]

Mapping = dict[str, Any]


def recorded_yaml(records: Records, message: str, edition: str) -> str:
    """Return the scenario file of a message.

    Raises:
        UnknownError: the account has no such message.
        ScenarioError: it is a multi-channel message, which scenarios cannot post.
    """
    data = scenario_of(records, message, edition)
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    return f"# Recorded from message {message}.\n{body}"


def scenario_of(records: Records, message: str, edition: str) -> Mapping:
    """Return a message as the data of a scenario that, in that edition, results in the same callbacks at the same times.

    Raises:
        UnknownError: the account has no such message.
        ScenarioError: it is a multi-channel message, which scenarios cannot post.
    """
    record = records.messages.get(message)
    if record is None:
        raise UnknownError("message", message, records.messages)
    if record.message.channel is not None:
        hint = "Write a scenario for the channel that should fail"
        raise ScenarioError([Problem(f"message {message}", 1, 1, "a multi-channel message cannot be recorded", hint)])
    callbacks = list(callbacks_about(records, [message]))
    answers = _answers(callbacks)
    given, match = _start(record.message)
    scenario: Mapping = {
        "name": f"recorded-{message[-8:].lower()}",
        "description": _description(record),
        "editions": [edition],
        **({"match": match} if match else {}),
        "given": given,
    }
    if record.plan is not None:
        if record.plan.answer is not None:
            scenario["response"] = _answer(record.plan.answer)
        scenario["timeline"] = _timeline(record, record.plan)
    retry = next((callback.retry for callback in callbacks), DEFAULT_RETRY)
    if retry != DEFAULT_RETRY:
        scenario["retry"] = _retry(retry)
    if answers != (200,):
        scenario["endpoint"] = {"answers": list(answers)}
    scenario["expect"] = list(_expectations(callbacks, answers, grouped=len(record.recipients) > 1))
    return scenario


def _description(record: MessageRecord) -> str:
    played = record.plan.scenario if record.plan is not None else None
    how = f"played by scenario {played}" if played is not None else "played by the edition's own timeline"
    return f"A message from {record.message.sender} to {', '.join(record.message.to)}, {how}."


def _start(message: Message) -> tuple[Mapping, Mapping]:
    """Return the message that starts the scenario, and which messages of an application it matches."""
    to = list(message.to) if len(message.to) > 1 else message.to[0]
    facts = {"from": message.sender, "to": to, "text": message.text, "media": list(message.media) or None, "tag": message.tag}
    known: Mapping = {key: value for key, value in facts.items() if value is not None}
    if message.application:
        known["application"] = message.application
    if message.direction is Direction.IN:
        known.pop("tag", None)
        return {"inbound": known}, {}
    return {"outbound": known}, {"kind": message.kind.value, "to": to}


# -- the timeline -------------------------------------------------------------------------------------------------------------


def _timeline(record: MessageRecord, plan: Plan) -> list[Mapping]:
    """Return the steps of all recipients in the order of their times; shared steps are written once."""
    accepted, started = record.message.time, record.message.time if record.dequeued is None else record.dequeued
    steps: list[tuple[int, Mapping]] = []
    who: dict[int, list[str]] = {}
    for recipient, track in zip(record.recipients, plan.tracks, strict=True):
        taken: set[int] = set()
        for timed in track:
            at = timed.offset + (0 if timed.from_acceptance else started - accepted)
            written = {**_step(timed.step), "at": format_duration(at)}
            same = next((i for i, (_, other) in enumerate(steps) if other == written and i not in taken), len(steps))
            if same == len(steps):
                steps.append((at, written))
            taken.add(same)
            who.setdefault(same, []).append(recipient.number)
    order = sorted(range(len(steps)), key=lambda index: steps[index][0])
    return [_for(steps[index][1], who[index], len(record.recipients)) for index in order]


def _for(step: Mapping, recipients: list[str], of: int) -> Mapping:
    """Add the recipients of a step, unless it is for all of them; an outage concerns the whole account."""
    if len(recipients) == of or "outage" in step:
        return step
    return {**step, "to": recipients if len(recipients) > 1 else recipients[0]}


def _step(step: Step) -> Mapping:
    match step:
        case CallbackStep():
            return _callback(step)
        case ReplyStep():
            media = [_literal(url) for url in step.media]
            return _given_only({"reply": _literal(step.text), "media": media, "from": step.sender})
        case OutageStep():
            return {"outage": format_duration(step.duration), "answer": _answer(step.answer)}
        case SetStateStep():
            return {"set-state": _literal(step.state)}
        case FallbackStep():
            raise AssertionError("only a multi-channel message falls back")


def _callback(step: CallbackStep) -> Mapping:
    return {
        "callback": step.event,
        **_given_only(
            {
                "error": step.error,
                "description": None if step.description is None else _literal(step.description),
                "carrier": None if step.carrier is None else _literal(step.carrier),
                "twice": step.copies > 1,
                "early": step.early,
                "dropped": step.dropped,
                "corrupted": step.corruption,
                "set": {path: _literal_json(value) for path, value in step.changes},
                "omit": list(step.omitted),
                "headers": {name: _literal(value) for name, value in step.headers},
            }
        ),
    }


def _given_only(facts: Mapping) -> Mapping:
    """Omit defaults. The text of a reply may be empty, but is always present."""
    return {key: value for key, value in facts.items() if key == "reply" or value not in (None, False, [], {})}


def _literal(text: str) -> str:
    """Escape ``${…}`` in a text."""
    return text.replace("${", "$${")


def _literal_json(value: Any) -> Any:
    if isinstance(value, str):
        return _literal(value)
    if isinstance(value, dict):
        return {key: _literal_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal_json(inner) for inner in value]
    return value


def _answer(answer: ApiAnswer) -> Mapping:
    facts = {
        "status": answer.status,
        "body": answer.body,
        "headers": dict(answer.headers),
        "delay": format_duration(answer.delay) if answer.delay else None,
        "connection": None if answer.connection is Connection.KEEP else answer.connection.value,
    }
    return {**_given_only(facts), "taken": answer.taken}


def _retry(retry: RetrySchedule) -> Mapping:
    return {
        "delays": [format_duration(delay) for delay in retry.delays],
        "repeat": retry.repeat,
        "jitter": retry.jitter,
        "window": format_duration(retry.window),
        "timeout": format_duration(retry.timeout),
    }


# -- the endpoint -------------------------------------------------------------------------------------------------------------


def _answered(callback: CallbackRecord) -> tuple[EndpointAnswer, ...]:
    """Return what the endpoint answered to the attempts of the schedule; a repeated last answer is written once."""
    answers: list[EndpointAnswer] = []
    for attempt in callback.attempts:
        if attempt.outcome is not None and not attempt.by_hand:
            status = attempt.outcome.status
            answers.append(status if status is not None else "timeout" if attempt.outcome.fault is Fault.TIMEOUT else "reset")
    while len(answers) > 1 and answers[-1] == answers[-2]:
        answers.pop()
    return tuple(answers)


def _answers(callbacks: Sequence[CallbackRecord]) -> tuple[EndpointAnswer, ...]:
    """Return what the endpoint answered to most callbacks."""
    seen = Counter(answers for callback in callbacks if (answers := _answered(callback)))
    return seen.most_common(1)[0][0] if seen else (200,)


def _expectations(
    callbacks: Sequence[CallbackRecord], answers: tuple[EndpointAnswer, ...], *, grouped: bool
) -> Iterator[Mapping]:
    """Yield the results, as far as an endpoint that answers every callback in the same way can reproduce them."""
    kinds: dict[tuple[str, str | None, int | None], list[CallbackRecord]] = {}
    for callback in callbacks:
        recipient = callback.event.recipient if grouped else None
        kinds.setdefault((callback.event.type, recipient, callback.event.error), []).append(callback)
    for (event, recipient, error), alike in kinds.items():
        facts: Mapping = {"callback": event, "to": recipient, "error": error, "times": len(alike)}
        numbers = {sum(not attempt.by_hand for attempt in callback.attempts) for callback in alike}
        ends = {callback.status for callback in alike}
        if all(_answered(callback) == answers for callback in alike) and len(numbers) == 1 and len(ends) == 1:
            end = ends.pop()
            if end.final and end.value != "cancelled":
                facts |= {"attempts": numbers.pop(), "ends": end.value}
        yield {key: value for key, value in facts.items() if value is not None}
