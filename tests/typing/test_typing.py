"""What users get from a type checker: right uses pass under ``mypy --strict``, and each ignore in them hides a real error."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent


def test_the_public_names_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE.parents[1])  # the options and the cache of the project's own run of mypy
    report, failure, status = api.run(["--strict", *(str(path) for path in sorted(HERE.glob("*.py")) if path != Path(__file__))])
    assert (status, failure) == (0, ""), report
