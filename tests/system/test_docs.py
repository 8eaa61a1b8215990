"""What the guides say of the configuration and of the code is what there is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from mockbw.config.resolve import resolve

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", ["configuration.md", "security.md"])
def test_the_tables_of_settings_are_current(name: str) -> None:
    page = runpy.run_path(str(DOCS / "make_configuration.py"))["page"]
    assert (DOCS / name).read_text(encoding="utf-8") == page(name), "run: python docs/make_configuration.py"


def test_the_configuration_in_the_guide_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(# mockbw.yaml\n.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)
    (tmp_path / "mockbw.yaml").write_text(example)
    settings = resolve(tmp_path / "mockbw.yaml", {}, {}).settings
    assert settings.edition == "2026"
    account = settings.accounts["9900000"].settings
    assert (account.strict, account.rate, account.keep_messages) == (True, 5, 50_000)
    assert account.numbers == {"+19195550199": "93de2206-9669-4e07-948d-329f4b722ee2"}


def test_the_variables_in_the_compose_examples_are_right() -> None:
    for name in ("compose.yaml", "tls.yaml"):
        text = (DOCS / "examples" / "compose" / name).read_text()
        found = re.findall(r"^ +(MOCKBW_\w+): (.+?)(?: +#.*)?$", text, re.MULTILINE)
        variables = {key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value).strip('"') for key, value in found}
        assert variables
        assert resolve(None, {}, variables).warnings == ()


def test_the_lifecycles_in_the_architecture_are_those_of_the_code() -> None:
    page = runpy.run_path(str(DOCS / "make_architecture.py"))["page"]()
    assert (DOCS / "architecture.md").read_text(encoding="utf-8") == page, "run: python docs/make_architecture.py"


@pytest.mark.parametrize(("page", "folders"), [("docs/architecture.md", ("mockbw", ".")), ("CONTRIBUTING.md", (".",))])
def test_the_files_that_a_page_for_contributors_names_exist(page: str, folders: tuple[str, ...]) -> None:
    named = re.findall(r"`([a-z_]+/(?:[\w./-]*\w)?|\w+\.(?:py|md))`", (ROOT / page).read_text(encoding="utf-8"))
    assert len(named) > 20
    found = {name: [path for folder in folders for path in (ROOT / folder).glob(name.replace("NAME", "*"))] for name in named}
    assert [name for name, paths in found.items() if not paths] == []


def test_make_has_the_targets_that_contributors_are_told_of() -> None:
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("CONTRIBUTING.md", "RELEASING.md"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {target for target in re.findall(r"make ([a-z]+)`", text) if f"\n{target}:" not in makefile} == set()


def test_no_page_says_that_mockbw_can_be_downloaded() -> None:
    """Nothing is published: it is installed from a checkout."""
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "mockbw").rglob("*.py")]
    claim = re.compile(r"pip install[^\n`&]*\bmockbw\b|docker pull|pipx|uvx")
    assert [str(page) for page in pages if claim.search(page.read_text(encoding="utf-8"))] == []
