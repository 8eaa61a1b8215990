"""``docs/api.md`` says what is public: those modules export exactly that, and what users are shown is made of nothing else."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest

import mockbw
from mockbw import errors, testing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PUBLIC = {
    module: {name for names in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", names)}
    for module, section in re.findall(r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def exported(module: str) -> set[str]:
    """Return what a module's ``__all__`` lists, without importing it: some need libraries that may be missing."""
    path = ROOT.joinpath(*module.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    [names] = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return set(names)


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_exports_what_the_page_lists(module):
    assert exported(module) == PUBLIC[module]


def test_every_public_name_of_the_package_can_be_imported_from_it():
    assert {name for name in mockbw.__all__ if not hasattr(mockbw, name)} == set()


def values_of_fields(kind: typing.Any) -> Iterator[type]:
    """Yield the classes that an annotation is made of."""
    parts = typing.get_args(kind)
    for part in parts:
        yield from values_of_fields(part)
    if not parts and isinstance(kind, type):
        yield kind


def test_what_a_public_value_is_made_of_is_public():
    public = {name: getattr(module, name) for module in (mockbw, testing, errors) for name in module.__all__}
    wanted = {
        f"{name}.{field}: {part.__qualname__}"
        for name, kind in public.items()
        if is_dataclass(kind)
        for field, annotation in typing.get_type_hints(kind).items()
        for part in values_of_fields(annotation)
        if part.__module__.startswith("mockbw") and part not in public.values()
    }
    assert wanted == set()


def shown_to_users() -> Iterator[tuple[str, str]]:
    """Yield the Python that pages and examples show."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            yield page.name, block
    for path in sorted((ROOT / "docs" / "examples").rglob("*.py")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_pages_and_examples_import_only_what_is_public():
    found = [
        (where, node.module, alias.name)
        for where, text in shown_to_users()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mockbw"
        for alias in node.names
    ]
    assert found
    assert [(where, module, name) for where, module, name in found if name not in PUBLIC.get(module, ())] == []
