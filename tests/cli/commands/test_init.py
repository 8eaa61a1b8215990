"""``mockbw init`` writes a start of files that work as they are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mockbw.cli import app
from mockbw.cli.commands.init import FILES
from mockbw.config.resolve import resolve
from mockbw.scenario.edition import edition_names
from mockbw.scenario.json_schema import scenario_schema
from tests.process import ServeProcess


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    result = CliRunner().invoke(app, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.output.splitlines()[: len(FILES)]] == [["written", name] for name in FILES]
    return folder


def in_project(project: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as the workflow does, with the programs of this environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MOCKBW_")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    shell = ["sh", "-c", command]
    return subprocess.run(shell, cwd=project, env=environment, text=True, capture_output=True, timeout=120, check=False)


def steps() -> list[str]:
    path = Path(__file__).parents[3] / "mockbw" / "cli" / "starter" / "workflow.yaml.template"
    return [step["run"] for step in yaml.safe_load(path.read_text())["jobs"]["messaging"]["steps"] if "run" in step]


def test_the_workflow_is_the_one_that_is_written_and_installs_first(project: Path) -> None:
    written = yaml.safe_load((project / ".github/workflows/messaging.yaml").read_text())
    assert [step["run"] for step in written["jobs"]["messaging"]["steps"] if "run" in step] == steps()
    assert steps()[0].startswith("pip install")


@pytest.mark.parametrize("command", steps()[1:])
def test_each_step_of_the_workflow_passes_unchanged(project: Path, command: str) -> None:
    done = in_project(project, command)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_the_server_goes_by_the_configuration_unchanged(project: Path) -> None:
    server = ServeProcess(folder=project)
    await server.start()
    assert (await server.said("edition"))["message"] == f"edition {edition_names()[-1]}, today's platform"
    assert await server.kill(signal.SIGTERM) == 0


def test_the_compose_service_says_what_the_image_understands(project: Path) -> None:
    service = yaml.safe_load((project / "compose.mockbw.yaml").read_text())["services"]["mockbw"]
    resolved = resolve(None, {}, {name: str(value) for name, value in service["environment"].items() if "TOKEN" not in name})
    assert resolved.warnings == ()
    assert resolved.settings.edition == edition_names()[-1]


def test_the_scenario_names_the_schema_that_is_written_with_it(project: Path) -> None:
    scenario = project / "scenarios" / "reminder-refused.yaml"
    line, *_ = scenario.read_text().splitlines()
    assert line.startswith("# yaml-language-server: $schema=")
    assert json.loads((scenario.parent / line.partition("=")[2]).read_text()) == scenario_schema()


def test_what_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mockbw.yaml").write_text("port: 8099\n")
    first = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert first.output.splitlines()[0].split() == ["kept", "mockbw.yaml"]
    assert (tmp_path / "mockbw.yaml").read_text() == "port: 8099\n"
    again = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert (again.exit_code, again.output.splitlines()[-1]) == (0, "Everything was there already.")


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["init", str(tmp_path / "file")])
    assert "cannot write" in str(result.exception)
