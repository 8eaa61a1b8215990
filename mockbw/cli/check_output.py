"""What ``mockbw check`` prints in a terminal: one line for each drill while it runs, then the report."""

from __future__ import annotations

import textwrap

from rich.text import Text

from mockbw.check import CheckSettings, Drill, Finding, Grade, Report, Result, Severity, Verdict
from mockbw.check.drill import Area, Need
from mockbw.cli.console import stdout
from mockbw.cli.words import counted
from mockbw.scenario.edition_differences import describe_edition

__all__ = ["print_list", "print_report", "print_result", "print_start"]

WIDTH = 100
"""The column at which sentences wrap."""

MARKS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.ADVICE: ("!", "yellow"),
    Verdict.BLOCKED: ("·", "dim"),
    Verdict.SKIPPED: ("–", "dim"),
}

GRADES = {Grade.READY: "bold green", Grade.NEARLY: "bold yellow", Grade.NOT_READY: "bold red", Grade.UNKNOWN: "bold"}

SEVERITIES = {Severity.MUST: "must be fixed", Severity.SHOULD: "should be fixed", Severity.ADVICE: "advice"}


def print_start(settings: CheckSettings, number: int, base_url: str) -> None:
    """Print what is about to be checked."""
    drills = f"  {counted(number, 'drill')}"
    stdout.print(Text.assemble(("mockbw check ", "bold"), settings.url, (drills, "dim")))
    stdout.print(Text(f"edition {describe_edition(settings.edition)}", "dim"))
    if settings.app_sends:
        stdout.print(Text(f"the platform's API is at {base_url}", "dim"))
    stdout.print()


def print_result(result: Result) -> None:
    """Print one drill's line, and what it found."""
    mark, style = MARKS[result.verdict]
    facts = result.facts
    line = Text.assemble((f" {mark} ", style), (f"{facts.drill:<20}", "bold" if result.findings else ""), f" {facts.title}")
    if result.because:
        line.append(f"  {result.because}", "dim")
    stdout.print(line)
    for finding in result.findings[:3]:
        stdout.print(_wrapped(_times(finding), 24, style))
    if len(result.findings) > 3:
        stdout.print(_wrapped(f"and {counted(len(result.findings) - 3, 'finding')} more", 24, "dim"))


def _times(finding: Finding) -> str:
    return finding.text if finding.times == 1 else f"{finding.text} ({finding.times} times)"


def _wrapped(text: str, indent: int, style: str = "") -> Text:
    return Text(textwrap.indent(textwrap.fill(text, max(40, WIDTH - indent)), " " * indent), style)


def print_report(report: Report) -> None:
    """Print the summary: figures, the grade, and what to fix first."""
    stdout.print()
    if report.ended:
        stdout.print(Text(f"The check is not complete: {report.ended}.", "yellow"))
    if (times := report.times) is not None:
        stdout.print(
            f"Answers: {times.count}, half of them within {_ms(times.median)}, 95 % within {_ms(times.p95)}, "
            f"99 % within {_ms(times.p99)}, all within {_ms(times.longest)}. The platform waits {report.limit / 1000:g} s."
        )
    numbers = [(report.of(verdict), verdict.value) for verdict in Verdict]
    verdicts = ", ".join(f"{len(results)} {word}" for results, word in numbers if results)
    stdout.print(f"Drills: {verdicts}, in {report.seconds:.1f} s.")
    stdout.print(Text.assemble("\nGrade: ", (report.grade.value, GRADES[report.grade]), f" – {report.grade.meaning}."))
    if report.first:
        stdout.print(Text("\nFix first:" if report.of(Verdict.FAILED) else "\nWorth doing:", "bold"))
        for number, result in enumerate(report.first, 1):
            severity = SEVERITIES[result.severity or Severity.ADVICE]
            title = Text.assemble(f" {number}. ", (result.facts.title, "bold"), (f"  {result.facts.drill}, {severity}", "dim"))
            stdout.print(title)
            stdout.print(_wrapped(result.fix, 4))
            stdout.print(_wrapped(f"Why: {result.facts.why}", 4, "dim"))
            stdout.print(_wrapped(f"Source: {result.facts.source}", 4, "dim"))


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def print_list(drills: tuple[Drill, ...]) -> None:
    """Print the drills with what each requires."""
    for area in Area:
        within = [drill for drill in drills if drill.facts.area is area]
        if within:
            stdout.print(Text(f"\n{area.value}", "bold"))
        for drill in within:
            facts = drill.facts
            needs = f"  needs {', '.join(_NEEDED[need] for need in facts.needs)}" if facts.needs else ""
            stdout.print(Text.assemble(f"  {drill.name:<20} {facts.title}", (f"  {facts.severity.value}{needs}", "dim")))


_NEEDED = {
    Need.CREDENTIALS: "--user and --password",
    Need.APPLICATION: "--app-sends",
    Need.TRIGGER: "--trigger",
    Need.STATUS: "--status-of",
    Need.CONTROL: "--ask, or --down and --up",
}
