"""``docs/fidelity.md`` names tests and settings; they must exist."""

from __future__ import annotations

import re
from pathlib import Path

from mockbw.config.application import APPLICATION
from mockbw.config.schema import CONFIGURATION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its first two lines."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_test_the_page_names_exists():
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 40
    missing = [
        f"{file}::{test}" for file, test in named if not re.search(rf"def {test}\(", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_row_of_what_differs_is_there_and_names_a_test():
    rows = table("What differs between the editions")
    assert [row[0] for row in rows] == [str(number) for number in range(1, 28)]
    assert [row[0] for row in rows if len(row) != 6 or "`tests/" not in row[5]] == []


def test_every_setting_that_is_said_to_change_a_choice_exists():
    known = {*CONFIGURATION, *APPLICATION}
    in_scenarios = {
        "after",
        "at",
        "description",
        "response",
        "set",
        "omit",
        "error",
        "reply",
        "suggestion",
        "location",
        "twice: true",
    }
    in_requests = {"fromDateTime", "toDateTime", "callback: message-read"}
    for what, _, changed_by in table("What the platform does not say, and what we chose"):
        named = set(re.findall(r"`([^`]+)`", changed_by))
        assert named <= known | in_scenarios | in_requests, what
        assert changed_by, what
