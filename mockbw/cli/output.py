"""What the commands print: errors with their place, and the endpoint's answers."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from mockbw.cli.console import stderr
from mockbw.core.model import Outcome
from mockbw.errors import LostEntriesError, MockbwError, Problem, ScenarioError

__all__ = ["answered", "failed", "problem_text"]


def failed(error: MockbwError) -> int:
    """Print an error and return the exit code for it: 2, a user's mistake; 1 when something was lost."""
    if isinstance(error, ScenarioError):
        for problem in error.problems:
            stderr.print(problem_text(problem))
    else:
        stderr.print(Text.assemble(("error: ", "bold red"), str(error)))
    return 1 if isinstance(error, LostEntriesError) else 2


def problem_text(problem: Problem) -> Text:
    """Return a problem of a scenario file with its line and a caret below its place."""
    text = Text.assemble((f"{problem.file}:{problem.line}:{problem.column}", "bold"), ": ", (problem.message, "red"))
    if problem.excerpt.strip():
        gutter = f"{problem.line:>5} │ "
        text.append(f"\n{gutter}", "dim").append(problem.excerpt)
        before = cell_len(problem.excerpt[: problem.column - 1])
        text.append("\n" + " " * (len(gutter) - 2) + "│ ", "dim").append(" " * before + "^", "bold red")
    if problem.hint:
        text.append(f"\n      {problem.hint}", "cyan")
    return text


def answered(outcome: Outcome) -> Text:
    """Return what the endpoint answered, in the colour of its meaning."""
    if outcome.delivered:
        return Text(f"{outcome.status}", "bold green")
    words = str(outcome.status) if outcome.status is not None else str(outcome.fault or "no answer")
    return Text(words, "bold red")
