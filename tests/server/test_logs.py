from __future__ import annotations

import io
import json
import logging
import sys

from mockbw.server.logs import JsonFormatter, is_for_people


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
