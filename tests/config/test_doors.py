"""What one door refuses every door refuses, in the same words; what one takes every door takes, as the same value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockbw.config.account import ACCOUNT
from mockbw.config.schema import CONFIGURATION
from mockbw.testing import ServerThread
from tests.config.doors import Doors, Refused, Taken
from tests.config.samples import JUNK, ODD, right
from tests.support import examples


@pytest.fixture(scope="module")
def server() -> Iterator[ServerThread]:
    with ServerThread() as running:
        yield running


@pytest.fixture
def doors(server: ServerThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    monkeypatch.chdir(tmp_path)
    opened = Doors(server)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("key", "written", "said"),
    [
        ("keep-for", "0s", "'keep-for' must be a duration of at least 1s, not '0s'"),
        ("list-limit", "5000000", "'list-limit' must be a whole number from 1 to 1000000, not '5000000'"),
        ("carrier-name", "A" * 300, "'carrier-name' must be at most 100 characters long, not 300"),
        ("numbers", {"hello": "app"}, "'hello' is not a phone number: write it as +19195550100, or a short code as 12345"),
        ("concurrency", "100000", "'concurrency' must be a whole number from 1 to 1000, not '100000'"),
    ],
)
def test_five_values_that_the_file_once_took_are_refused_at_every_door(doors: Doors, key: str, written: Any, said: str) -> None:
    answers = doors.answers(ACCOUNT[key], written)
    assert set(answers) == {"file", "variable", "http", "test"}
    assert {door: answer.sentences for door, answer in answers.items() if isinstance(answer, Refused)} == dict.fromkeys(
        answers, frozenset({said})
    )


def test_a_flag_refuses_in_the_words_of_the_file(doors: Doors) -> None:
    said = "'day' must be a duration of at least 864ms, not '1ms'"
    answers = doors.answers(ACCOUNT["day"], "1ms")
    assert answers == dict.fromkeys(("file", "variable", "flag", "test"), Refused(frozenset({said})))


# -- every setting ----------------------------------------------------------------------------------------------------------


def wrong(answers: dict[str, Taken | Refused]) -> str:
    return "\n".join(f"{door}: {answer}" for door, answer in answers.items())


@pytest.mark.parametrize("key", CONFIGURATION)
def test_every_setting_takes_what_is_right_at_every_door_as_the_same_value(doors: Doors, key: str) -> None:
    for written in right(CONFIGURATION[key]):
        answers = doors.answers(CONFIGURATION[key], written)
        assert all(isinstance(answer, Taken) for answer in answers.values()), wrong(answers)
        assert all(answer == answers["file"] for answer in answers.values()), wrong(answers)


@pytest.mark.parametrize("key", CONFIGURATION)
@settings(
    max_examples=examples(25),
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_door_takes_or_refuses_alike_and_in_the_same_words(doors: Doors, key: str, data: st.DataObject) -> None:
    setting = CONFIGURATION[key]
    written = data.draw(st.one_of(st.sampled_from(ODD), st.sampled_from([*ODD, *right(setting)]), JUNK))
    in_brackets = isinstance(written, str) and written.startswith(("{", "["))
    if in_brackets or (not isinstance(written, str) and not setting.kind.structured):
        return  # a text in brackets is a structure where everything is text, for the kinds that have any
    answers = doors.answers(setting, written)
    assert all(answer == answers["file"] for answer in answers.values()), wrong(answers)
