"""Small inputs never cost much work: schedules without end, and files with thousands of mistakes."""

from __future__ import annotations

import pytest

from mockbw.documents.reader import MAX_PROBLEMS
from mockbw.errors import ScenarioError, SettingsError
from mockbw.scenario.answers import parse_answers
from mockbw.scenario.explain import DRAWN, schedule_of
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import only_scenario
from mockbw.scenario.rehearsal import rehearse
from mockbw.scenario.validate import validate
from mockbw.testing import MockAccount, ServerThread

STEADY = "name: steady\nretry: {{first: {first}, factor: 1, window: {window}}}\ntimeline: [callback: message-delivered]\n"


@pytest.mark.parametrize("text", ["a: 1\n---\n" * 5_000, "".join(f"key{number}: 1\n" for number in range(5_000))])
def test_of_thousands_of_problems_the_first_hundred_are_explained_and_the_others_counted(text: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        load_text(text)
    *explained, last = raised.value.problems
    assert len(explained) == MAX_PROBLEMS
    assert last.message == f"{5_000 - MAX_PROBLEMS} more problems are not listed"


def test_a_schedule_with_too_many_attempts_is_refused_where_it_stands() -> None:
    with pytest.raises(ScenarioError) as raised:
        only_scenario(load_text(STEADY.format(first="100ms", window="24h"))[0], "2018-01")
    (problem,) = raised.value.problems
    assert (problem.line, problem.sentence) == (
        2,
        "'retry' makes up to 864001 attempts, the limit is 100000. Use longer delays or a shorter window",
    )
    with ServerThread() as server, MockAccount(server) as mockbw, pytest.raises(SettingsError, match="864001 attempts"):
        mockbw.configure(retry=["100ms"])


def test_validate_warns_of_a_schedule_with_many_attempts(tmp_path) -> None:
    file = tmp_path / "steady.yaml"
    file.write_text(STEADY.format(first="1s", window="24h"))
    validation = validate([file])
    assert validation.problems == ()
    (warning,) = validation.warnings
    assert (warning.line, warning.message) == (2, "'retry' makes up to 86401 attempts of each callback")
    file.write_text(STEADY.format(first="1m", window="24h"))
    assert validate([file]).warnings == ()


def test_explain_draws_the_first_attempts_of_a_long_schedule_and_counts_the_others() -> None:
    (source,) = load_text(STEADY.format(first="1s", window="2000s"))
    schedule = schedule_of(rehearse(source, answers=parse_answers("500")))
    attempts = [row for row in schedule.rows if row.what == "attempt"]
    assert [row.attempt for row in attempts] == [*range(1, DRAWN + 1), 2001]
    assert attempts[-1].text.endswith(f"(after {2000 - DRAWN} more attempts)")
    assert attempts[-1].ends == "expired"
