"""What may be said at the top of ``mockbw.yaml``, as a variable or as a flag; and how values that come one by one are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.config.server import SERVER, TLS
from mockbw.config.table import Door, Setting, Table
from mockbw.documents.reader import Located, check
from mockbw.errors import SettingsError

__all__ = ["CONFIGURATION", "FLAGS", "SECRETS", "checked", "read_values"]

CONFIGURATION = Table(*SERVER.values(), *ACCOUNT.values())
"""Everything that may be said at the top of the file: of the server, and of all accounts."""

FLAGS: Mapping[str, Setting] = {
    **{setting.key: setting for setting in CONFIGURATION.at(Door.FLAG)},
    **{f"tls.{setting.key}": setting for setting in TLS.at(Door.FLAG)},
}
"""The settings that are flags of ``mockbw serve``, by the path of their key."""

SECRETS = {"password", *(one.key for table in (CONFIGURATION, APPLICATION) for one in table.values() if one.kind.secret)}
"""The keys whose values are never shown."""

Holder = TypeVar("Holder")


def read_values(table: Table, given: Mapping[str, tuple[str, Any]], folder: Path | None = None) -> dict[str, Any]:
    """Return values in force by key. Each is given by key too, with the place where it was said, which its problems begin with.

    A value is what people write or what is in force already; None is back to the default, and returned as None. Paths begin at
    ``folder``.

    Raises:
        SettingsError: with every problem, a line for each.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, (place, value) in given.items():
        written = Located({key: table[key].kind.written(value)})
        read = check(table.document_of(key), written, "", "", {"folder": folder or Path()})
        if read.model is None:
            problems.extend(f"{place}: {problem.sentence}" for problem in read.problems)
        else:
            values[key] = table.said(read.model)[key]
    if problems:
        raise SettingsError("\n".join(problems))
    return values


def checked(holder: Holder, table: Table, place: str = "") -> Holder:
    """Return a dataclass that a program has made with the values of its settings read as at every other door.

    Raises:
        SettingsError: with every problem, a line for each.
    """
    return replace(holder, **dict(_read_fields(holder, table, place)))  # type: ignore[type-var]  # it is a dataclass


def _read_fields(holder: Any, table: Table, place: str) -> Iterator[tuple[str, Any]]:
    said = {}
    for setting in table.of(type(holder)):
        value = getattr(holder, setting.target)
        if value is not None and value != setting.initial and setting is not SERVER["accounts"]:
            said[setting.key] = (place + setting.target, value)
    for key, value in read_values(table, said).items():
        yield table[key].target, value
