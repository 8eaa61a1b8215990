"""(e) From start to ready, and memory; (g) what the fixture adds to a test."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.process import ROOT, Process
from benchmarks.report import Report

TESTS = """
import pytest
{fixture}
@pytest.mark.parametrize("number", range({count}))
def test_nothing({argument}number):
    assert number >= 0
"""


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


async def starting(report: Report, rounds: int) -> None:
    """Start mockbw, and a Python that only imports aiohttp."""
    ready, empty, resident = [], [], []
    with Process.python("-m", "mockbw", "serve", "--port", "0"):
        pass  # the first start writes the bytecode, which an installation has from the beginning
    for _ in range(rounds):
        began = time.perf_counter()
        with Process.python("-m", "mockbw", "serve", "--port", "0") as process:
            ready.append(time.perf_counter() - began)
            resident.append(process.resident() / 1e6)
        empty.append(_timed(lambda: subprocess.run([sys.executable, "-c", "import aiohttp"], check=True)))
    start, floor, memory = map(statistics.median, (ready, empty, resident))
    report.section("Starting", "Wall time from the command to the line that says ready, and resident memory then.")
    report.table(
        ("ready after", "an empty Python that imports aiohttp", "memory"),
        [(f"{start * 1000:.0f} ms", f"{floor * 1000:.0f} ms", f"{memory:.0f} MB")],
    )
    report.goal("ready later than an empty Python with aiohttp", start - floor, 0.4, most=True, unit=" s")
    report.goal("resident memory, idle", memory, 60, most=True, unit=" MB")


async def fixture(report: Report, rounds: int, count: int) -> None:
    """Tests that ask for the fixture beside tests that do not."""
    seconds: dict[str, list[float]] = {"": [], "mockbw, ": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for argument, seen in seconds.items():
                file = Path(folder) / "test_nothing.py"
                file.write_text(TESTS.format(fixture="", argument=argument, count=count))
                command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file), "--rootdir", folder]
                began = time.perf_counter()
                process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.DEVNULL)
                assert await process.wait() == 0, "the tests fail"
                seen.append(time.perf_counter() - began)
    without, with_it = (statistics.median(seen) for seen in seconds.values())
    report.section("In tests", f"What the `mockbw` fixture adds to a test, over {count:,} tests; the server's start included.")
    report.table(("added to a test",), [(f"{(with_it - without) / count * 1000:.2f} ms",)])
