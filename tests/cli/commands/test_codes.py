"""``mockbw codes`` as a user runs it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from mockbw.cli import app, main


def codes(*arguments: str, columns: int = 80) -> str:
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(app, ["codes", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_all_codes_are_listed_and_none_is_cut_off():
    lines = codes().splitlines()
    numbers = [line.split()[0] for line in lines[1:] if line[0].isdigit()]
    assert (len(numbers), numbers[0], numbers[-1]) == (90, "4001", "9999")


def test_an_edition_lists_only_its_own():
    listed = json.loads(codes("--edition", "2018-01", "--json"))
    assert len(listed) == 52
    assert all("2018-01" in code["editions"] for code in listed)


def test_one_code_is_explained():
    shown = codes("4770")
    assert "destination-spam-detected" in shown
    assert "carrier blocked the message as spam" in shown


def test_one_code_is_given_as_json():
    code = json.loads(codes("9902", "--json"))
    assert (code["name"], code["billable"], code["outcome"]) == ("delivery-receipt-expired", True, "unreceipted")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["4779"], "there is no error code 4779. The nearest are 4775, 4780, 4781."),
        (["4412", "--edition", "2018-01"], "edition 2018-01 has no error code 4412 (2023 and 2026 have it)."),
    ],
)
def test_an_unknown_code_exits_with_2_and_names_the_nearest(arguments, sentence):
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["codes", *arguments])
    assert result.exit_code == 2
    assert sentence in result.output


def test_an_unknown_edition_exits_with_2_and_names_the_nearest(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["mockbw", "codes", "--edition", "2027"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "There is no edition '2027'. Did you mean '2026'?" in " ".join(capsys.readouterr().err.split())
