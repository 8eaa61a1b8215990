"""``mockbw codes``: the error codes of ``message-failed`` events."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from mockbw.cli.console import NARROW, stdout
from mockbw.errors import UnknownError
from mockbw.scenario.codes import Code, catalogue, nearest_codes
from mockbw.scenario.edition import edition_names

__all__ = ["codes"]

WIDE = 130
"""The width of the terminal at which the list has room for what the codes mean."""

_UNNAMED = "(no name was published)"
_OUTCOMES = {
    "refused": "refused by the platform itself: message-failed is the only event",
    "failed": "failed at the carrier: message-failed follows message-sent or message-sending, where the edition has them",
    "unreceipted": "no receipt came: message-failed is sent when the edition's wait for a receipt is over",
}


def codes(
    code: Annotated[int | None, typer.Argument(help="Show only this code, in full.")] = None,
    edition: Annotated[str | None, typer.Option(help="List only the codes of this edition.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the error codes that a message can fail with.

    [dim]Example:[/] mockbw codes 4770
    """
    if edition is not None and edition not in edition_names():
        raise UnknownError("edition", edition, edition_names())
    found = [facts for _, facts in sorted(catalogue().items()) if edition is None or edition in facts.editions]
    if code is not None:
        found = [facts for facts in found if facts.code == code]
        if not found:
            raise typer.BadParameter(_unknown(code, edition), param_hint="CODE")
    if as_json:
        listed = [{**asdict(facts), "outcome": facts.outcome} for facts in found]
        typer.echo(json.dumps(listed if code is None else listed[0], indent=2))
    elif code is not None:
        _show(found[0])
    elif stdout.width >= NARROW:
        stdout.print(_table(found))
    else:
        for facts in found:
            stdout.print(f"[bold]{facts.code}[/] {facts.name or _UNNAMED}")
            stdout.print(Padding(f"{facts.category}, billed: {_billed(facts)}, {' '.join(facts.editions)}", (0, 0, 0, 5)))


def _unknown(code: int, edition: str | None) -> str:
    near = ", ".join(str(number) for number in nearest_codes(code, edition))
    elsewhere = catalogue().get(code)
    if elsewhere is not None:
        return f"edition {edition} has no error code {code} ({' and '.join(elsewhere.editions)} have it). The nearest are {near}."
    return f"there is no error code {code}. The nearest are {near}."


def _billed(facts: Code) -> str:
    return "not published" if facts.billable is None else "yes" if facts.billable else "no"


def _show(facts: Code) -> None:
    stdout.print(f"[bold]{facts.code}[/] {facts.name or _UNNAMED}")
    for label, value in (
        ("meaning", facts.meaning),
        ("category", facts.category),
        ("billed", _billed(facts)),
        ("editions", ", ".join(facts.editions)),
        ("in a timeline", _OUTCOMES[facts.outcome]),
        ("in a scenario", f"- outcome: failed\n{'':17}error: {facts.code}"),
    ):
        stdout.print(f"  [dim]{label:<13}[/] {escape(value)}")


def _table(found: list[Code]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("code", "category", "billed", "editions"):
        table.add_column(heading, no_wrap=True)
    table.add_column("name", overflow="fold")
    wide = stdout.width >= WIDE
    if wide:
        table.add_column("meaning")
    for facts in found:
        billed = "?" if facts.billable is None else _billed(facts)
        row = [str(facts.code), facts.category, billed, " ".join(facts.editions), facts.name or _UNNAMED]
        table.add_row(*row, *([escape(facts.meaning)] if wide else []))
    return table
