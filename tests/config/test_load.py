"""The scenario files of the settings are read once, and nothing is read before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockbw.config.load import load
from mockbw.config.settings import NamedAccount, Settings
from mockbw.core.settings import AccountSettings
from mockbw.errors import ScenarioError
from mockbw.server.mock_bandwidth import MockBandwidth

READ: list[str] = []


class Watched(type(Path())):  # type: ignore[misc]  # whichever kind of path this system has
    """A path that remembers that it was read."""

    def read_text(self, *arguments: Any, **rest: Any) -> str:
        READ.append(self.name)
        return str(super().read_text(*arguments, **rest))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = Watched(tmp_path)
    (folder / "all").mkdir()
    for name in ("all/one", "all/two", "own"):
        (folder / f"{name}.yaml").write_text("timeline: []")
    listed = {name: NamedAccount(AccountSettings(), scenarios=(folder / "own.yaml",)) for name in ("1", "2")}
    READ.clear()
    return Settings(port=0, scenarios=(folder / "all",), accounts=listed)


def test_a_server_reads_every_scenario_file_once_and_its_settings_read_none(settings: Settings) -> None:
    assert READ == []
    double = MockBandwidth(settings)
    assert sorted(READ) == ["one.yaml", "own.yaml", "two.yaml"]
    names = [source.name for source in double.engine.listed["2"].sources if not source.shipped]
    assert names == ["own", "one", "two"]


def test_every_problem_of_the_files_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "all" / "one.yaml").write_text("timelin: []")
    (tmp_path / "all" / "two.yaml").write_text("- a")
    with pytest.raises(ScenarioError) as raised:
        load(settings)
    assert [Path(problem.file).name for problem in raised.value.problems] == ["one.yaml", "two.yaml"]
