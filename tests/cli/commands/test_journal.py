from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mockbw.cli import app
from mockbw.config.settings import Settings
from mockbw.core.account import InboundDraft
from mockbw.core.clock import ClockMode
from mockbw.errors import JournalError
from mockbw.server.mock_bandwidth import MockBandwidth

runner = CliRunner()


async def filled(folder: Path) -> list[str]:
    """Keep a small journal in the folder; return the ids of its messages."""
    async with MockBandwidth(Settings(port=0, data=folder, clock=ClockMode.MANUAL)) as double:
        account = double.account("1")
        account.receive(InboundDraft("+19195550100", ("+19195550199",), "yes"))
        account.receive(InboundDraft("+19195550100", ("+19195550199",), "no"))
        return list(account.records.messages)


async def test_an_exported_journal_fills_another_folder_with_the_same_accounts(tmp_path: Path) -> None:
    messages = await filled(tmp_path / "a")
    lines = tmp_path / "journal.jsonl"
    assert runner.invoke(app, ["journal", "export", "--data", str(tmp_path / "a"), "-o", str(lines)]).exit_code == 0
    first = json.loads(lines.read_text().splitlines()[0])
    assert (first["number"], first["account"], first["kind"]) == (1, "1", "MessageReceived")
    assert first["entry"]["message"]["text"] == "yes"
    assert runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "b")]).exit_code == 0
    async with MockBandwidth(Settings(port=0, data=tmp_path / "b", clock=ClockMode.MANUAL)) as double:
        assert list(double.account("1").records.messages) == messages


async def test_a_folder_with_a_journal_is_not_imported_into(tmp_path: Path) -> None:
    await filled(tmp_path / "a")
    lines = tmp_path / "journal.jsonl"
    runner.invoke(app, ["journal", "export", "--data", str(tmp_path / "a"), "-o", str(lines)])
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "a")])
    assert isinstance(result.exception, JournalError)
    assert "has entries already: import into an empty folder" in str(result.exception)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}", "this is not a journal entry"),
        ("not json", "this is not a journal entry"),
        ('{"number": 1, "account": "1", "wall": 1, "kind": "AnswerWaved", "entry": {}}', "did you mean 'AnswerWaived'?"),
        ('{"number": 0, "account": "1", "wall": 1, "kind": "AccountReset", "entry": {"time": 1}}', "entry 0 comes after entry 0"),
    ],
)
def test_an_invalid_line_is_named_and_nothing_is_imported(tmp_path: Path, line: str, said: str) -> None:
    lines = tmp_path / "journal.jsonl"
    lines.write_text(line + "\n")
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "b")])
    assert isinstance(result.exception, JournalError)
    assert str(result.exception).startswith(f"{lines}:1: ")
    assert said in str(result.exception)


def test_exporting_a_missing_folder_is_an_error_and_creates_nothing(tmp_path: Path) -> None:
    result = runner.invoke(app, ["journal", "export", "--data", str(tmp_path / "none")])
    assert str(result.exception) == f"there is no data folder {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()
