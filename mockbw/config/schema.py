"""The settings at the top level of ``mockbw.yaml``, and how single values from elsewhere are read by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.config.server import SERVER, TLS
from mockbw.config.table import Interface, Setting, Table
from mockbw.documents.reader import Located, check
from mockbw.errors import SettingsError

__all__ = ["CONFIGURATION", "FLAGS", "SECRETS", "checked", "read_values"]

CONFIGURATION = Table(*SERVER.values(), *ACCOUNT.values())
"""The settings at the top level of the file: those of the server, and those of accounts, which apply to all accounts."""

FLAGS: Mapping[str, Setting] = {
    **{setting.key: setting for setting in CONFIGURATION.at(Interface.FLAG)},
    **{f"tls.{setting.key}": setting for setting in TLS.at(Interface.FLAG)},
}
"""The settings that are flags of ``mockbw serve``, by the path of their key."""

SECRETS = {"password", *(one.key for table in (CONFIGURATION, APPLICATION) for one in table.values() if one.kind.secret)}
"""The keys whose values are never shown."""

Holder = TypeVar("Holder")


def read_values(table: Table, given: Mapping[str, tuple[str, Any]], folder: Path | None = None) -> dict[str, Any]:
    """Return the values in force, by key.

    Args:
        table: the settings.
        given: by key, where a value was given (its problems start with this) and the value: as it is written, or in force
            already. None resets the setting to its default and is returned as None.
        folder: what paths are relative to; default the working directory.

    Raises:
        SettingsError: with every problem, one per line.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, (place, value) in given.items():
        written = Located({key: table[key].kind.written(value)})
        read = check(table.document_of(key), written, "", "", {"folder": folder or Path()})
        if read.model is None:
            problems.extend(f"{place}: {problem.sentence}" for problem in read.problems)
        else:
            values[key] = table.given(read.model)[key]
    if problems:
        raise SettingsError("\n".join(problems))
    return values


def checked(holder: Holder, table: Table, prefix: str = "") -> Holder:
    """Return a dataclass made by a program, with the values of its settings checked as those of the file.

    Problems start with the name of the field, after ``prefix``.

    Raises:
        SettingsError: with every problem, one per line.
    """
    return replace(holder, **dict(_read_fields(holder, table, prefix)))  # type: ignore[type-var]  # it is a dataclass


def _read_fields(holder: Any, table: Table, prefix: str) -> Iterator[tuple[str, Any]]:
    given = {}
    for setting in table.of(type(holder)):
        value = getattr(holder, setting.target)
        if value is not None and value != setting.initial and setting is not SERVER["accounts"]:
            given[setting.key] = (prefix + setting.target, value)
    for key, value in read_values(table, given).items():
        yield table[key].target, value
