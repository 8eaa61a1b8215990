"""The example projects of the documentation, run as their users would: each with its own pytest, from its own folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.support import STRICT

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize("name", ["aiohttp_app", "django_app", "fastapi_app", "flask_app"])
def test_the_example_project_passes(name):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-q", *STRICT]
    result = subprocess.run(
        command, cwd=EXAMPLES / name, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    passed = re.search(r"^(\d+) passed in", result.stdout, re.MULTILINE)
    assert result.returncode == 0, result.stdout + result.stderr
    assert passed is not None
    assert int(passed[1]) >= 6
