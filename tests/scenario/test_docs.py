"""The pages about scenarios: their files load and play, their commands print what they show, the library page is current."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mockbw.cli import app
from mockbw.cli.console import stdout
from mockbw.scenario.json_schema import scenario_schema
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import only_scenario
from mockbw.scenario.rehearsal import rehearse
from mockbw.scenario.validate import edition_of

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"[Ss]ave this as `([\w.-]+)`")


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")) if kind == language]


@pytest.mark.parametrize("text", blocks("scenarios.md", "yaml"))
def test_every_example_of_the_reference_loads_and_plays(text):
    for source in load_text(text):
        only_scenario(source, edition_of(source))
        if "'/" not in text:  # nothing can be made up for a regex
            rehearse(source, edition=edition_of(source))


def test_the_reference_names_every_key_of_the_language():
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    schema = scenario_schema()
    keys = {key for model in (schema, *schema["$defs"].values()) for key in model.get("properties", {})}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"{key}:" not in page] == []


def test_the_first_scenario_can_be_followed_step_by_step(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stdout, "width", 110)
    page = (DOCS / "first-scenario.md").read_text(encoding="utf-8")
    end = 0
    commands = 0
    for found in BLOCK.finditer(page):
        before, end = page[end : found.start()], found.end()
        if found[1] == "yaml":
            name = SAVED_AS.search(before)
            assert name is not None, "every file of the page has a name"
            (tmp_path / name[1]).write_text(found[2], encoding="utf-8")
        elif found[1] == "console":
            command, _, shown = found[2].partition("\n")
            result = CliRunner().invoke(app, shlex.split(command.removeprefix("$ mockbw ")))
            assert plain(result.output) == plain(shown)
            commands += 1
    assert commands == 3


def plain(output: str) -> list[str]:
    """Return the lines without trailing blanks, and without the first two: the address, and the line of the edition."""
    lines = [line.rstrip() for line in output.splitlines() if not line.startswith(("the platform's API is at", "edition "))]
    return "\n".join(lines).strip().splitlines()


def test_the_mistake_of_the_page_is_told_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = blocks("first-scenario.md", "yaml")[0].replace("message-delivered", "message-deliverd")
    Path("table-ready.yaml").write_text(file)
    result = CliRunner().invoke(app, ["validate", "table-ready.yaml"])
    [shown] = [text for text in blocks("first-scenario.md", "text") if text.startswith("table-ready.yaml")]
    assert result.exit_code == 1
    assert shown.strip() in result.output


def test_the_library_page_is_current():
    page = runpy.run_path(str(DOCS / "make_library.py"))["page"]()
    assert (DOCS / "library.md").read_text(encoding="utf-8") == page, "run: python docs/make_library.py > docs/library.md"
