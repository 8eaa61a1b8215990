"""Imports follow the table in ``docs/architecture.md``, and the core does no IO and reads no time, randomness or environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

import mockbw

PACKAGE = Path(mockbw.__file__).parent

TABLE = re.compile(r"^\| `([\w.]+)` \|[^|]*\|(.*)\|$", re.MULTILINE)
SECTION = (
    (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Who may import whom\n")[1]
)
MAY_IMPORT = {package: set(re.findall(r"`([\w.]+)`", rest)) for package, rest in TABLE.findall(SECTION.split("\n## ")[0])}
"""What a package, or one of its modules, may import of mockbw: the table in ``docs/architecture.md``."""

UNCHECKED = {"cli", "pytest_plugin", "__main__"}
"""The top: they import what they need, and nobody imports them."""

CORE_MAY_IMPORT = {
    "__future__", "base64", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "fractions", "functools",
    "heapq", "itertools", "math", "msgspec", "msgspec.structs", "operator", "orjson", "re", "string", "typing", "urllib.parse",
}  # fmt: skip
"""What the core may import from elsewhere: only what computes."""

AMBIENT = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open", "input", "print", "exec", "eval"}
"""What computes nothing but asks the surroundings, as far as the allowed modules offer it."""


KNOWN = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}


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
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & KNOWN
            yield from inside
            if len(inside) < len(node.names):
                yield str(node.module)


def inner(module: str) -> str:
    return module.removeprefix("mockbw.")


def allowed(module: str, wanted: set[str]) -> bool:
    """Return True when a module is one of the wanted ones, or stands in one of them."""
    return any(module == name or module.startswith(f"{name}.") for name in wanted)


def exists(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def rule_for(module: str) -> set[str]:
    known = [name for name in MAY_IMPORT if module == name or module.startswith(f"{name}.")]
    assert known, f"mockbw.{module} is in no package that the table knows: add it to docs/architecture.md"
    return MAY_IMPORT[max(known, key=len)]


HOUSE = [(inner(name), tree) for name, tree in modules() if name != "mockbw"]


@pytest.mark.parametrize(("name", "tree"), HOUSE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_package_imports_only_what_the_table_allows(name: str, tree: ast.Module) -> None:
    package = name.split(".")[0]
    if package in UNCHECKED:
        return
    foreign = {inner(module) for module in imported(tree) if module.startswith("mockbw.")}
    wrong = {module for module in foreign if not allowed(module, {package, *rule_for(name)})}
    assert wrong == set(), f"mockbw.{name} imports what the table in docs/architecture.md does not allow"


def test_every_row_of_the_table_is_a_package_or_a_module() -> None:
    assert {name for name in MAY_IMPORT if not exists(name)} == set()


def test_nobody_imports_the_commands_or_the_plugin() -> None:
    found = {
        f"{name} imports {module}"
        for name, tree in HOUSE
        for module in imported(tree)
        if allowed(inner(module), UNCHECKED - {"__main__"}) and name.split(".")[0] not in UNCHECKED
    }
    assert found == set()


def test_the_imitated_api_does_not_know_the_control_api() -> None:
    found = {
        f"{name} imports {module}"
        for name, tree in HOUSE
        if name.startswith("server.platform")
        for module in imported(tree)
        if module.startswith("mockbw.server.control")
    }
    assert found == set()


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    known = {name for name, _ in HOUSE}
    arrows = {
        name: {inner(module) for module in imported(tree) if module.startswith("mockbw.")} & (known - {name})
        for name, tree in HOUSE
        if not name.startswith("_")
    }
    left = dict(arrows)
    while free := [name for name, targets in left.items() if not targets & set(left)]:
        for name in free:
            del left[name]
    assert left == {}, "these modules import each other in a circle, or stand above one that does"


def test_the_tests_stand_as_the_code_does() -> None:
    tests = PACKAGE.parent / "tests"
    if not tests.is_dir():
        pytest.skip("an installed package comes without its tests")
    ours = {"system", "system/sdk", "typing"}
    folders = {str(path.parent.relative_to(tests)) for path in tests.rglob("test_*.py")} - {"."} - ours
    assert {folder for folder in folders if not (PACKAGE / folder).is_dir()} == set()


CORE = [(name, tree) for name, tree in modules() if name.startswith("mockbw.core")]


@pytest.mark.parametrize(("name", "tree"), CORE, ids=lambda value: value if isinstance(value, str) else "")
def test_the_core_imports_nothing_that_does_io(name: str, tree: ast.Module) -> None:
    foreign = {module for module in imported(tree) if not module.startswith("mockbw.")}
    assert {module for module in foreign if module not in CORE_MAY_IMPORT and module != "collections.abc"} == set()
    inside = {module for module in imported(tree) if module.startswith("mockbw.")}
    assert all(module.startswith("mockbw.core") or module in ("mockbw.errors", "mockbw.redaction") for module in inside)


@pytest.mark.parametrize(("name", "tree"), CORE, ids=lambda value: value if isinstance(value, str) else "")
def test_the_core_reads_nothing_ambient(name: str, tree: ast.Module) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert called & AMBIENT == set()
    coroutines = [node for node in ast.walk(tree) if isinstance(node, (ast.AsyncFunctionDef, ast.Await))]
    assert coroutines == []


def test_the_stores_of_the_journal_do_not_know_each_other() -> None:
    stores = {"mockbw.journal.memory", "mockbw.journal.sqlite"}
    for name, tree in modules():
        if name in stores:
            assert set(imported(tree)) & stores == set(), "a store knows how entries are written, and no other store"


def test_only_the_wallclock_reads_the_wall_clock() -> None:
    """Everything else is handed the time, or asks ``mockbw.wallclock``, so that a frozen test never freezes the platform."""
    clocks = {"time.time", "time.monotonic", "time.sleep", "datetime.now", "datetime.utcnow"}
    readers = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name != "mockbw.wallclock" and not name.startswith("mockbw.cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks
    ]
    assert readers == []


# -- one pump ---------------------------------------------------------------------------------------------------------------

PUMP = {"engine.pump"}
REHEARSAL = "scenario.rehearsal"
"""Plays a core account in memory that has no clock, no journal and no endpoint: its own loop is all it has."""

ONLY_THERE: dict[str, tuple[str, set[str]]] = {
    "take_effects": ("", {*PUMP, REHEARSAL}),
    "fire_due": ("", {*PUMP, REHEARSAL}),
    "attempt_started": ("", {*PUMP, REHEARSAL}),
    "attempt_finished": ("", {*PUMP, REHEARSAL}),
    "jump": ("clock", PUMP),
    "hold": ("clock", PUMP),
    "release": ("clock", PUMP),
    "set": ("clock", PUMP),
    "begin": ("clock", PUMP),
    "hurry": ("clock", PUMP),
    "hurry_on": ("clock", PUMP),
    "put": ("dispatcher", PUMP),
    "append": ("journal", PUMP),
    "save_clock": ("journal", PUMP),
    "Dispatcher": ("", PUMP),
    "Pump": ("", {"engine.runner"}),
    "Account": ("", {"engine.runner", REHEARSAL}),
    "Clock": ("", {"engine.account_setup"}),
}
"""What is called, on what (the end of its name; empty: on anything), and by which modules alone."""


def called(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Yield the name of everything that is called, what it is called on, and the line."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=on, attr=name)):
                yield name, ast.unparse(on), node.lineno
            case ast.Call(func=ast.Name(id=name)):
                yield name, "", node.lineno


def test_only_the_pump_performs_effects_moves_clocks_takes_holds_and_writes_the_journal() -> None:
    found = {
        f"{name}:{line} calls {on}.{what}"
        for name, tree in HOUSE
        for what, on, line in called(tree)
        if what in ONLY_THERE and on.endswith(ONLY_THERE[what][0]) and name not in ONLY_THERE[what][1]
    }
    assert found == set()


def test_what_only_the_pump_does_it_does() -> None:
    """The names above are those of the code: one that is renamed must not leave a rule that holds nothing."""
    seen = {(what, name) for name, tree in HOUSE for what, on, _ in called(tree) if on.endswith(ONLY_THERE.get(what, ("",))[0])}
    assert [what for what, (_, modules) in ONLY_THERE.items() for module in modules if (what, module) not in seen] == []


def test_nobody_outside_the_engine_has_the_core_or_the_pump_of_an_account() -> None:
    found = {
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in HOUSE
        if not allowed(name, {"engine"})
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.lstrip("_") in {"core", "pump"}
    }
    assert found == set()


RUNNERS = {"account", "runner", "engine"}


def test_nobody_outside_the_engine_assigns_to_an_account_or_an_engine() -> None:
    """Most of it mypy refuses as well: what is public of either is a property or final."""
    found = {
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in HOUSE
        if not allowed(name, {"engine", "core"})
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del))
        if ast.unparse(node.value).rpartition(".")[2].lstrip("_") in RUNNERS
    }
    assert found == set()


@pytest.mark.parametrize("module", ["engine.engine", "engine.runner", "engine.time_control"])
def test_what_is_public_of_an_account_and_an_engine_cannot_be_assigned_to(module: str) -> None:
    tree = dict(HOUSE)[module]
    final = {
        node.target.attr for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and is_own(node.target) and is_final(node)
    }
    stored = {node.attr for node in ast.walk(tree) if is_own(node) and isinstance(node.ctx, (ast.Store, ast.Del))}
    setters = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "setter"]
    assert ({name for name in stored - final if not name.startswith("_")}, setters) == (set(), [])


def is_own(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def is_final(node: ast.AnnAssign) -> bool:
    return ast.unparse(node.annotation).startswith("Final")
