from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from contextlib import suppress

import pytest

from mockbw.core.entries import AccountReset, CallbackExpired, MessageRefused
from mockbw.core.model import Fault, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.journal.memory import MemoryJournal
from mockbw.server.logs import JsonFormatter, follow, is_for_people
from tests.support import CoreBench


def test_a_line_of_json_has_time_level_message_and_the_facts_besides() -> None:
    record = logging.makeLogRecord({"name": "mockbw", "levelno": 30, "levelname": "WARNING", "msg": "%s bottles", "args": (99,)})
    record.created, record.account = 1_516_809_600.25, "9900000"
    assert json.loads(JsonFormatter().format(record)) == {
        "time": "2018-01-24T16:00:00.250Z",
        "level": "warning",
        "message": "99 bottles",
        "account": "9900000",
    }


def test_an_exception_is_part_of_its_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.makeLogRecord({"msg": "it failed", "exc_info": sys.exc_info()})
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: why")


def test_what_is_no_terminal_gets_json_unless_told_otherwise() -> None:
    assert [is_for_people(form, io.StringIO()) for form in ("auto", "human", "json")] == [False, True, False]


async def logged(journal: MemoryJournal, caplog: pytest.LogCaptureFixture, *entries: object) -> list[dict[str, object]]:
    """Return the lines that the log has when the journal has recorded the entries of account 9900000."""
    following = asyncio.create_task(follow(journal))
    await asyncio.sleep(0)  # it begins with what is recorded from now on
    journal.append("9900000", *entries)  # type: ignore[arg-type]  # the tests hand in entries
    await journal.changed(0)
    await asyncio.sleep(0)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    return [{name: value for name, value in line.items() if name not in ("time", "level")} for line in lines]


def expiry(url: str) -> CoreBench:
    bench = CoreBench(
        scenarios="name: one-event\ntimeline: [{callback: message-failed, error: 4770, after: 1s}]",
        settings=AccountSettings(callback_url=url),
        answer=lambda attempt: Outcome(fault=Fault.REFUSED, detail="nothing listens"),
    )
    bench.post()
    bench.run()
    return bench


async def test_a_callback_that_expired_is_logged_with_its_event_endpoint_and_last_answer_and_without_a_secret(caplog) -> None:
    caplog.set_level("INFO", "mockbw")
    bench = expiry("http://user:secret@localhost:5000/callbacks?key=secret")
    [message] = bench.account.records.messages
    assert await logged(MemoryJournal(), caplog, *bench.entries) == [
        {
            "message": "callback cb-1 (message-failed 4770 to localhost:5000) expired after 30 attempts, the last refused",
            "account": "9900000",
            "callback": "cb-1",
            "message_id": message,
            "event": "message-failed 4770",
            "endpoint": "localhost:5000",
            "answer": "refused",
        }
    ]


async def test_what_was_forgotten_before_it_could_be_logged_is_logged_as_far_as_it_is_known(caplog) -> None:
    caplog.set_level("INFO", "mockbw")
    lines = await logged(MemoryJournal(), caplog, CallbackExpired(5, "cb-1", 30), AccountReset(6, 1))
    assert [line["message"] for line in lines] == ["callback cb-1 expired after 30 attempts"]


async def test_at_debug_every_entry_is_logged_with_what_it_is_about(caplog) -> None:
    caplog.set_level("DEBUG", "mockbw")
    bench = expiry("http://localhost:5000")
    [message] = bench.account.records.messages
    lines = await logged(
        MemoryJournal(), caplog, *bench.entries[:5], MessageRefused(5, "+19195550199", (), None, "the queue is full")
    )
    assert [(line["message"], line.get("about")) for line in lines] == [
        ("MessageAccepted", message),
        ("AnswerWaived", message),
        ("CallbackCreated", "cb-1"),
        ("AttemptScheduled", "cb-1"),
        ("AttemptStarted", "cb-1"),
        ("a message was refused: the queue is full", None),
    ]
