"""The examples of docs/testing.md are tests: together they are one module, and the last one is a script."""

from __future__ import annotations

import re
from pathlib import Path

from tests.testing.support import STRICT

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_examples_pass(pytester):
    tests = [block for block in BLOCKS if "def test_" in block]
    pytester.makepyfile("\n".join(tests))
    result = pytester.runpytest("-q", *STRICT)
    result.assert_outcomes(passed=sum(len(re.findall(r"^(?:async )?def test_", block, re.MULTILINE)) for block in tests))


def test_the_script_runs(capsys):
    [script] = [block for block in BLOCKS if "def test_" not in block]
    exec(compile(script, str(PAGE), "exec"), {})
    assert "scenario hello" in capsys.readouterr().out
