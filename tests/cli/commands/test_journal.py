from __future__ import annotations

import json
import shutil
import sqlite3
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


def reset(**changes: object) -> str:
    """Return a line of an export with something changed."""
    return json.dumps({"number": 1, "account": "1", "wall": 1, "kind": "AccountReset", "entry": {"time": 1}, **changes})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}", "this is not a journal entry"),
        ("not json", "this is not a journal entry"),
        ('{"number": 1, "account": "1", "wall": 1, "kind": "AnswerWaved", "entry": {}}', "did you mean 'AnswerWaived'?"),
        (reset(number=0), "entry 0 comes after entry 0"),
        (reset(number=2**63 - 1), "9223372036854775807 is too high for the number of an entry"),
        (reset(number=2**52), "4503599627370496 is too high for the number of an entry"),
        (reset(number="1"), "this is not a journal entry"),
        (reset(number=1.0), "this is not a journal entry"),
        (reset(wall=-1), "-1 is not a time in milliseconds"),
        (reset(wall=2**60), "1152921504606846976 is not a time in milliseconds"),
        (reset(account=7), "this is not a journal entry"),
        (reset(entry={"time": 2**60}), "does not follow from those before it: its time is 1152921504606846976"),
        (reset(kind="AnswerWaived", entry={"time": 1, "message": "m"}), "does not follow from those before it: 'm'"),
        (reset(kind="AttemptFinished", entry={"time": 1, "callback": "c", "number": 1, "outcome": {}}), "does not follow"),
        ('{"end": 1}', "there should be 1 entries, and there are 0"),
        ("[" * 500 + "]" * 500, "this is not a journal entry"),
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


async def exported(folder: Path, lines: Path) -> list[str]:
    await filled(folder)
    assert runner.invoke(app, ["journal", "export", "--data", str(folder), "-o", str(lines)]).exit_code == 0
    return lines.read_text().splitlines(keepends=True)  # noqa: ASYNC240 - nothing else runs meanwhile


@pytest.mark.parametrize("end", [0, 1, -2, -1])
async def test_an_export_that_was_cut_is_refused_whole(tmp_path: Path, end: int) -> None:
    """A cut at a line's end leaves nothing but whole lines."""
    lines = tmp_path / "journal.jsonl"
    whole = await exported(tmp_path / "a", lines)
    lines.write_text("".join(whole[:end]))
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "b")])
    assert isinstance(result.exception, JournalError)
    count = len(whole[:end])
    assert str(result.exception) == (
        f"{lines} was cut after {count} entries: its last line, which says how many there are, is missing"
    )
    assert runner.invoke(app, ["journal", "export", "--data", str(tmp_path / "b")]).stdout == '{"end":0}\n'


async def test_an_export_with_a_line_missing_or_one_too_many_is_refused(tmp_path: Path) -> None:
    lines = tmp_path / "journal.jsonl"
    whole = await exported(tmp_path / "a", lines)
    count = len(whole) - 1
    lines.write_text("".join(whole[1:]))
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "b")])
    assert "does not follow from those before it" in str(result.exception)
    lines.write_text("".join([*whole[: count - 1], whole[-1]]))
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "c")])
    assert str(result.exception) == f"{lines}:{count}: there should be {count} entries, and there are {count - 1}"
    lines.write_text("".join([*whole, whole[0]]))
    result = runner.invoke(app, ["journal", "import", str(lines), "--data", str(tmp_path / "d")])
    assert str(result.exception) == f"{lines}:{count + 1}: there is more after the last line of an export"


@pytest.mark.parametrize("name", ["journal.sqlite3", "journal.sqlite3-wal", "journal.mark", "../a/journal.sqlite3", "link"])
async def test_a_journal_is_not_exported_onto_itself(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a"
    await filled(folder)
    (folder / "link").symlink_to("journal.sqlite3")
    before = (folder / "journal.sqlite3").read_bytes()
    result = runner.invoke(app, ["journal", "export", "--data", str(folder), "-o", str(folder / name)])
    assert str(result.exception) == f"{folder / name} belongs to the journal itself: choose another file"
    assert (folder / "journal.sqlite3").read_bytes() == before


async def test_exporting_and_checking_change_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    await filled(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert runner.invoke(app, ["journal", "export", "--data", str(folder)]).exit_code == 0
    assert runner.invoke(app, ["journal", "check", "--data", str(folder)]).exit_code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


async def test_a_journal_of_an_older_version_is_checked_and_exported(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "journal" / "from_0_1_0" / "journal.sqlite3", tmp_path)
    result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    assert " entries, the last of 2" in result.stdout
    result = runner.invoke(app, ["journal", "export", "--data", str(tmp_path)])
    assert json.loads(result.stdout.splitlines()[-1]) == {"end": len(result.stdout.splitlines()) - 1}


async def test_a_whole_journal_is_said_to_be_whole(tmp_path: Path) -> None:
    await filled(tmp_path)
    result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "; 2 messages in 1 accounts. Nothing is missing." in result.stdout
    result = runner.invoke(app, ["journal", "check", "--json", "--data", str(tmp_path)])
    found = json.loads(result.stdout)
    assert (found["accounts"], found["messages"], found["problem"]) == (1, 2, None)
    assert found["entries"] == found["last"] > 2


async def test_a_damaged_journal_is_said_to_be_damaged_and_where(tmp_path: Path) -> None:
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / "journal.sqlite3") as database:
        database.execute("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'yes', 'yeS') AS BLOB) WHERE number = 1")
    database.close()
    result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    said = " ".join(result.stderr.split())
    assert "journal.sqlite3 is damaged: entry 1, MessageReceived, does not match its checksum" in said
    result = runner.invoke(app, ["journal", "check", "--json", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "does not match its checksum" in json.loads(result.stdout)["problem"]


async def test_a_journal_that_cannot_be_served_is_found_by_the_check(tmp_path: Path) -> None:
    """Each entry is as it was written, but one of them is missing and nobody counted."""
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / "journal.sqlite3") as database:
        database.execute("DELETE FROM entries WHERE number = 1")
        database.execute("UPDATE progress SET count = count - 1")
    database.close()
    result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "does not follow from those before it" in result.stderr


@pytest.mark.parametrize(("name", "said"), [("none", "there is no data folder"), ("empty", "there is no journal in")])
def test_a_folder_without_a_journal_is_not_checked(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path / name)])
    assert isinstance(result.exception, JournalError)
    assert said in str(result.exception)
    assert list((tmp_path / "empty").iterdir()) == []


async def test_a_journal_that_a_server_uses_is_neither_checked_nor_exported(tmp_path: Path) -> None:
    async with MockBandwidth(Settings(port=0, data=tmp_path, clock=ClockMode.MANUAL)) as double:
        double.account("1").receive(InboundDraft("+19195550100", ("+19195550199",), "yes"))
        await double.journal.flushed()
        result = runner.invoke(app, ["journal", "check", "--data", str(tmp_path)])
        assert result.exit_code == 1
        assert "is in use by another mockbw" in result.stderr
        result = runner.invoke(app, ["journal", "export", "--data", str(tmp_path)])
        assert "is in use by another mockbw" in str(result.exception)
