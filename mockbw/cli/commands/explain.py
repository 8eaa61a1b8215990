"""``mockbw explain``: what a scenario would do, drawn on a time axis; nothing is sent."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mockbw.cli.axis import draw
from mockbw.cli.console import NARROW, stdout
from mockbw.cli.scenario_params import EDITION, SCENARIOS, find_scenarios
from mockbw.documents.durations import format_duration
from mockbw.scenario.answers import parse_answers
from mockbw.scenario.explain import Row, Schedule, schedule_of
from mockbw.scenario.rehearsal import rehearse
from mockbw.scenario.validate import edition_of
from mockbw.scenario.values import EndpointAnswer

__all__ = ["explain"]


def explain(
    targets: Annotated[list[str], SCENARIOS],
    answers: Annotated[
        str | None,
        typer.Option(
            metavar="500,500,200",
            help="What the endpoint answers to the attempts of each callback; the last one repeats. Also reset and timeout.",
            show_default="as the scenario says, else 200",
        ),
    ] = None,
    edition: Annotated[str | None, EDITION] = None,
    name: Annotated[str | None, typer.Option(help="Only the scenario with this name.")] = None,
    seed: Annotated[str, typer.Option(help="Seed of `choose` and jitter.")] = "1",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a list with one object for each scenario.")] = False,
) -> None:
    """Draw what a scenario does and when: every callback and every retry. Nothing is sent.

    [dim]Example:[/] mockbw explain carrier-spam --answers 500,500,200
    """
    answered = None if answers is None else _read_answers(answers)
    schedules = [
        schedule_of(rehearse(source, edition=edition_of(source, edition), answers=answered, seed=seed))
        for source in find_scenarios(targets, name)
    ]
    if as_json:
        typer.echo(json.dumps([schedule.data for schedule in schedules], indent=2, ensure_ascii=False))
        return
    for schedule in schedules:
        _print(schedule)


def _read_answers(text: str) -> tuple[EndpointAnswer, ...]:
    try:
        return parse_answers(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--answers") from None


def _print(schedule: Schedule) -> None:
    rehearsal = schedule.rehearsal
    answers = ", ".join(map(str, rehearsal.answers))
    head = Text.assemble(
        (rehearsal.source.name, "bold"), (f"   edition {rehearsal.edition}, the endpoint answers {answers}", "dim")
    )
    stdout.print(head)
    if rehearsal.source.scenario.description:
        stdout.print(Text(rehearsal.source.scenario.description, "italic"))
    stdout.print()
    for line in draw(schedule, stdout.width):
        stdout.print(line)
    stdout.print()
    if stdout.width >= NARROW:
        stdout.print(_table(schedule))
    else:
        for row in schedule.rows:
            stdout.print(_narrow(row))
    for judgement in schedule.judgements:
        mark = ("✓ ", "green") if judgement.held else ("✗ ", "bold red")
        stdout.print(Text.assemble(mark, str(judgement) if judgement.differences else f"expected {judgement.expected}"))
    stdout.print()


def _table(schedule: Schedule) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("at", "what", "attempt", "answer", "then"):
        table.add_column(title, justify="right" if title in ("at", "attempt") else "left", no_wrap=title != "what")
    for row in schedule.rows:
        delivered = row.ends == "delivered"
        table.add_row(
            Text(format_duration(row.at)),
            Text(row.text, "" if row.what == "attempt" else "dim"),
            Text("" if row.attempt is None else str(row.attempt)),
            Text(row.answer or "", "green" if delivered else "red"),
            _then(row),
        )
    return table


def _narrow(row: Row) -> Text:
    """Return a row in two lines: when and what, then what came of it."""
    line = Text.assemble(f"{format_duration(row.at):>8}  ", (row.text, "" if row.what == "attempt" else "dim"))
    if row.attempt is not None:
        line.append(f"\n          attempt {row.attempt}  ", "dim")
        line.append(row.answer or "", "green" if row.ends == "delivered" else "red")
        line.append("  ").append_text(_then(row))
        line.rstrip()
    return line


def _then(row: Row) -> Text:
    if row.next is not None:
        return Text(f"again after {format_duration(row.next - row.at)}", "yellow")
    return Text({"delivered": "", "expired": "expired: dropped"}.get(row.ends or "", ""), "bold red")
