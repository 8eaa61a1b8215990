"""The scenario files of the settings are read once, and nothing is read before."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockbw.config.load import load
from mockbw.config.settings import NamedAccount, Settings
from mockbw.core.settings import AccountSettings
from mockbw.errors import ScenarioError
from mockbw.server.mock_bandwidth import MockBandwidth


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "all").mkdir()
    for name in ("all/one", "all/two", "own"):
        (tmp_path / f"{name}.yaml").write_text("timeline: []")
    listed = {name: NamedAccount(AccountSettings(), scenarios=(tmp_path / "own.yaml",)) for name in ("1", "2")}
    return Settings(port=0, scenarios=(tmp_path / "all",), accounts=listed)


def test_a_server_reads_every_scenario_file_once(settings: Settings) -> None:
    engine = MockBandwidth(settings).engine
    first, second = engine.listed["1"].sources, engine.listed["2"].sources
    assert [source.name for source in first if not source.shipped] == ["own", "one", "two"]
    # What was read a second time would be equal, and another.
    assert [id(source) for source in first] == [id(source) for source in second]
    assert [id(source) for source in first[1:]] == [id(source) for source in engine.setup.sources]


def test_settings_are_values_that_read_nothing(tmp_path: Path) -> None:
    settings = Settings(scenarios=(tmp_path / "nowhere",))
    with pytest.raises(ScenarioError, match="no such file or folder"):
        load(settings)


def test_every_problem_of_the_files_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "all" / "one.yaml").write_text("timelin: []")
    (tmp_path / "all" / "two.yaml").write_text("- a")
    with pytest.raises(ScenarioError) as raised:
        load(settings)
    assert [Path(problem.file).name for problem in raised.value.problems] == ["one.yaml", "two.yaml"]
