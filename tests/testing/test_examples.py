"""The example projects of the documentation, run as their users would: each with its own pytest, from its own folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.support import STRICT

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NAMES = ("aiohttp_app", "django_app", "fastapi_app", "flask_app")


@pytest.fixture(scope="module")
def runs():
    """All projects' runs, begun at once: most of their time goes into imports."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-q", *STRICT]
    runs = {
        name: subprocess.Popen(
            command, cwd=EXAMPLES / name, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for name in NAMES
    }
    yield runs
    for run in runs.values():
        run.kill()
        run.communicate()


@pytest.mark.parametrize("name", NAMES)
def test_the_example_project_passes(runs, name):
    output, _ = runs[name].communicate(timeout=60)
    passed = re.search(r"^(\d+) passed in", output, re.MULTILINE)
    assert runs[name].returncode == 0, output
    assert passed is not None
    assert int(passed[1]) >= 6
