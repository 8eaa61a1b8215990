"""``mockbw list`` and ``mockbw show``: the scenarios that come with mockbw."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from mockbw.cli import app
from mockbw.scenario.loader import load_text
from mockbw.scenario.shipped import shipped_sources


def mockbw(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=environment)


def test_every_shipped_scenario_is_listed_with_its_description() -> None:
    listed = json.loads(mockbw("list", "--json").output)
    assert [one["name"] for one in listed] == [source.name for source in shipped_sources()]
    shown = mockbw("list").output
    assert all(one["name"] in shown for one in listed)


def test_a_list_can_be_searched() -> None:
    assert "carrier-spam" in mockbw("list", "SPAM").output
    result = mockbw("list", "elephant")
    assert (result.exit_code, result.output) == (1, f"None of the {len(shipped_sources())} shipped scenarios has 'elephant'\n")


@pytest.mark.parametrize("source", shipped_sources(), ids=lambda source: source.name)
def test_what_is_shown_of_a_scenario_can_be_loaded_as_it_is(source) -> None:
    (loaded,) = load_text(mockbw("show", source.name).output)
    assert loaded.scenario == source.scenario


def test_a_scenario_that_does_not_exist_is_refused_with_the_nearest() -> None:
    from mockbw.errors import UnknownError

    result = mockbw("show", "carrier-spma")
    assert isinstance(result.exception, UnknownError)
    assert "Did you mean 'carrier-spam'?" in str(result.exception)
