"""Writes the tables of settings in ``docs/`` from those in the code: ``python docs/make_configuration.py``."""

from __future__ import annotations

import re
from pathlib import Path

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.config.server import LIMITS, SERVER, TLS
from mockbw.config.table import Interface, Setting, Table

DOCS = Path(__file__).parent
TABLES = {"account": ACCOUNT, "application": APPLICATION, "server": SERVER, "limits": LIMITS, "tls": TLS}
PAGES = ("configuration.md", "security.md")

_PART = re.compile(r"(<!-- settings: (\w+) -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def page(name: str) -> str:
    """Return a page with its tables as they must be."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return _PART.sub(lambda part: f"{part[1]}\n{_table(TABLES[part[2]])}\n{part[3]}", text)


def _table(table: Table) -> str:
    also = any(one.interfaces & ~Interface.FILE for one in table.values()) and table is not APPLICATION
    rows = [["key", "what it is", "values", "default", *(["also"] if also else [])]]
    rows.append(["---"] * len(rows[0]))
    rows += [
        [f"`{one.key}`", one.help, one.kind.words, one.default_words, *([_also(one)] if also else [])] for one in table.values()
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _also(setting: Setting) -> str:
    """Return where else than in the file and as a variable a setting may be said."""
    in_tests = "test" if setting.target == setting.name else f"test (`{setting.target}`)"
    names = {Interface.FLAG: "flag", Interface.HTTP: "API", Interface.TEST: in_tests}
    return ", ".join(name for door, name in names.items() if door in setting.interfaces)


if __name__ == "__main__":
    for each in PAGES:
        (DOCS / each).write_text(page(each), encoding="utf-8")
