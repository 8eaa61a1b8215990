"""The benchmarks run; how fast anything is, they tell and no test asserts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="they read CPU time from /proc")
def test_a_quick_run_tells_its_figures_and_writes_nothing(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks", "--quick", "--only", "completing", "pending"]
    out = tmp_path / "performance.md"
    done = subprocess.run([*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "| a whole message, of the bare server with the cheapest sender |" in done.stdout
    assert "| memory of a pending callback, its message included |" in done.stdout
    assert not out.exists()
