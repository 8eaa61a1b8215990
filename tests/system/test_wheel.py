"""The wheel holds the whole product and nothing else, and what it holds runs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built once as a release would be, from what is installed here."""
    folder = tmp_path_factory.mktemp("dist")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / done.stdout.strip().splitlines()[-1]


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def test_the_wheel_holds_the_package_and_the_scenarios_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    scenarios = {f"mockbw/{name}" for name in files_below(ROOT / "scenarios")}
    assert {name for name in names if not name.endswith("/.gitkeep")} == files_below(ROOT / "mockbw") | scenarios


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    texts = {name.split("/")[-1]: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "License-Expression: Apache-2.0" in texts["METADATA"]
    assert "mockbw = mockbw.cli:main" in texts["entry_points.txt"]
    assert "mockbw = mockbw.pytest_plugin" in texts["entry_points.txt"]
    assert "Apache License" in texts["LICENSE"]


def test_the_wheel_runs_where_no_checkout_is(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, it finds its editions, codes and scenarios."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from mockbw.cli import main; main()"]
    for arguments, said in ((["explain", "carrier-spam"], "message-failed 4770"), (["codes", "4770"], "carrier blocked")):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert said in done.stdout, done.stderr
