"""The house stands as it was drawn: imports point down, and the core neither does IO nor reads what is ambient."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockbw

PACKAGE = Path(mockbw.__file__).parent

FLOORS: tuple[tuple[str, ...], ...] = (
    ("mockbw.errors", "mockbw.wall", "mockbw.describing"),
    ("mockbw.core",),
    ("mockbw.scenario",),
    ("mockbw.journal", "mockbw.delivery", "mockbw.lean_sender", "mockbw.hosts", "mockbw.media", "mockbw.fetch"),
    ("mockbw.lanes", "mockbw.beginning", "mockbw.runner", "mockbw.engine", "mockbw.logs"),
    ("mockbw.config", "mockbw.config_file", "mockbw.config_layers"),
    ("mockbw.server", "mockbw.tls"),
    (
        "mockbw.double",
        "mockbw.player",
        "mockbw.reload",
        "mockbw.logs",
        "mockbw.inprocess",
        "mockbw.memory_transport",
        "mockbw.sample_endpoint",
        "mockbw.client",
    ),
    ("mockbw.testing", "mockbw.check", "mockbw.sdk", "mockbw.testcontainers"),
    ("mockbw.cli", "mockbw.pytest_plugin", "mockbw.__main__"),
)
"""From the ground up; a module may import from its own floor and from those below it."""

CORE_MAY_IMPORT = {
    "__future__", "base64", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "fractions", "functools",
    "heapq", "itertools", "math", "msgspec", "msgspec.structs", "operator", "orjson", "re", "string", "typing", "urllib.parse",
}  # fmt: skip
"""Outside the house, the core uses only what computes."""

AMBIENT = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open", "input", "print", "exec", "eval"}
"""What computes nothing but asks the surroundings, as far as the allowed modules offer it."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            if node.module == "mockbw":
                yield from (f"mockbw.{alias.name}" for alias in node.names if not alias.name.startswith("__"))
            else:
                yield str(node.module)


def floor_of(module: str) -> int | None:
    for floor, names in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return floor
    return None


@pytest.mark.parametrize(
    ("name", "tree"),
    [(name, tree) for name, tree in modules() if name != "mockbw"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_imports_point_down(name: str, tree: ast.Module) -> None:
    own = floor_of(name)
    assert own is not None, f"{name} is on no floor: draw it into FLOORS"
    above = [module for module in imported(tree) if module.startswith("mockbw.") and (floor_of(module) or 0) > own]
    assert above == [], f"{name} (floor {own}) imports from above"


CORE = [(name, tree) for name, tree in modules() if name.startswith("mockbw.core")]


@pytest.mark.parametrize(("name", "tree"), CORE, ids=lambda value: value if isinstance(value, str) else "")
def test_the_core_imports_nothing_that_does_io(name: str, tree: ast.Module) -> None:
    foreign = {module for module in imported(tree) if not module.startswith("mockbw.")}
    assert {module for module in foreign if module not in CORE_MAY_IMPORT and module != "collections.abc"} == set()
    inside = {module for module in imported(tree) if module.startswith("mockbw.")}
    assert all(module.startswith("mockbw.core") or module == "mockbw.errors" for module in inside)


@pytest.mark.parametrize(("name", "tree"), CORE, ids=lambda value: value if isinstance(value, str) else "")
def test_the_core_reads_nothing_ambient(name: str, tree: ast.Module) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called & AMBIENT == set()
    coroutines = [node for node in ast.walk(tree) if isinstance(node, (ast.AsyncFunctionDef, ast.Await))]
    assert coroutines == []


def test_the_siblings_of_the_journal_do_not_know_each_other() -> None:
    for name, tree in modules():
        if name.startswith("mockbw.journal."):
            others = {module for module in imported(tree) if module.startswith("mockbw.journal.")}
            assert others <= {"mockbw.journal.codec"}, "a store knows how entries are written, and no other store"


def test_only_the_wall_reads_the_wall_clock() -> None:
    """Everything else is handed the time, or asks ``mockbw.wall``, so that a frozen test never freezes the platform."""
    clocks = {"time.time", "time.monotonic", "time.sleep", "datetime.now", "datetime.utcnow"}
    readers = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name != "mockbw.wall" and not name.startswith("mockbw.cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks
    ]
    assert readers == []
