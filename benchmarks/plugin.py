"""What the pytest plugin costs: its import in a run that never uses it, and a fixture in a test that does.

Run it as ``python benchmarks/plugin.py`` in an environment with mockbw and pytest. Prints medians, in milliseconds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROUNDS = 9
TESTS = 1000

EMPTY = """
import pytest

@pytest.fixture
def empty():
    yield

@pytest.mark.parametrize("number", range({tests}))
def test_it({fixture}, number):
    pass
"""


def import_cost() -> tuple[float, float]:
    """Return the milliseconds that importing pytest takes, and those that the plugin adds to it (cumulative, -X importtime)."""
    both = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-X", "importtime", "-c", "import pytest, mockbw.pytest_plugin"]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        cost = {
            name.strip(): int(cumulative) / 1000
            for cumulative, name in re.findall(r"import time:\s*\d+ \|\s*(\d+) \|(.*)", report)
        }
        both.append((cost["pytest"], cost["mockbw"] + cost["mockbw.pytest_plugin"]))
    return median(one for one, _ in both), median(other for _, other in both)


def fixture_cost(fixture: str) -> float:
    """Return the milliseconds that one test with this fixture takes, whatever it costs once a session left out."""
    with tempfile.TemporaryDirectory() as folder:
        took = []
        for tests in (1, TESTS + 1) * 3:
            Path(folder, "test_it.py").write_text(EMPTY.format(fixture=fixture, tests=tests))
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "test_it.py"]
            output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
            took.append(float(re.search(r"in ([\d.]+)s", output)[1]))
        return (min(took[1::2]) - min(took[0::2])) / TESTS * 1000


def main() -> None:
    """Measure and print."""
    pytest_cost, plugin_cost = import_cost()
    print(f"import of pytest             {pytest_cost:8.1f} ms")
    print(f"import of the plugin besides {plugin_cost:8.1f} ms")
    empty = fixture_cost("empty")
    for fixture in ("mockbw", "async_mockbw"):
        print(f"{fixture:13} over an empty fixture, a test {fixture_cost(fixture) - empty:6.2f} ms")


if __name__ == "__main__":
    main()
