"""Citations such as `P7` and `P20 row 22` in code, tests and pages lead to a section and a row of ``docs/platform.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECTIONS = {
    name: section
    for section in re.split(r"^(?=## )", (ROOT / "docs" / "platform.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name in re.findall(r"^## (P\d+) ", section)
}
CITATION = re.compile(r"\b(P\d+)\b(?: rows? (\d+(?:, \d+)*))?")


def citations() -> Iterator[tuple[str, str, str]]:
    """Yield file, section and rows of every citation."""
    for folder in ("mockbw", "tests", "docs", "scenarios"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".yaml", ".md", ".js"}:
                for section, rows in CITATION.findall(path.read_text(encoding="utf-8")):
                    yield str(path.relative_to(ROOT)), section, rows


def test_the_sections_are_numbered_from_1_to_23():
    assert list(SECTIONS) == [f"P{number}" for number in range(1, 24)]


def test_every_citation_leads_to_a_section_and_its_rows():
    found = list(citations())
    assert len(found) > 140
    wrong = [
        f"{file}: {section} row {row}"
        for file, section, rows in found
        for row in (re.findall(r"\d+", rows) or [None])
        if section not in SECTIONS or (row and f"\n| {row} |" not in SECTIONS[section])
    ]
    assert wrong == []
