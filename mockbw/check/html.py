"""The report as one self-contained HTML file: no script, no request, light and dark."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from mockbw.check.charts import answer_times, timeline
from mockbw.check.drill import Area, Severity
from mockbw.check.evidence import ObservedCallback
from mockbw.check.report import Grade, Report, Result, Verdict
from mockbw.documents.durations import format_duration

__all__ = ["report_html"]

ROWS = 40
"""How many attempts of a drill are listed."""

_MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.ADVICE: "!", Verdict.BLOCKED: "·", Verdict.SKIPPED: "–"}
_SEVERITY = {Severity.MUST: "must be fixed", Severity.SHOULD: "should be fixed", Severity.ADVICE: "advice"}
_GRADE = {Grade.READY: "good", Grade.NEARLY: "fair", Grade.NOT_READY: "bad", Grade.UNKNOWN: "fair"}


def report_html(report: Report) -> str:
    """Return the page."""
    style = files("mockbw.check").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(report.grade.value)}: {escape(report.url)} – mockbw check</title>
<style>
{style}</style>
</head>
<body>
<header>
<p class="small">mockbw check {escape(report.version)} · edition {escape(report.edition)}</p>
<h1>{escape(report.url)}</h1>
<p class="grade {_GRADE[report.grade]}"><strong>{escape(report.grade.value.capitalize())}</strong>
{escape(report.grade.meaning)}.</p>
{f'<p class="note">The check is not complete: {escape(report.ended)}.</p>' if report.ended else ""}
</header>
<main>
{_first(report)}
{_figures(report)}
<h2>Drills</h2>
<p>{_verdicts(report)}</p>
{"".join(_area(report, area) for area in Area)}
</main>
</body>
</html>
"""


def _first(report: Report) -> str:
    if not report.first:
        return ""
    items = "".join(
        f"<li><h3><a href='#{result.facts.drill}'>{escape(result.facts.title)}</a> "
        f"<span class='small'>{_SEVERITY[result.severity or Severity.ADVICE]}</span></h3>"
        f"<p>{escape(result.findings[0].text)}.</p><p><b>Fix:</b> {_code(result.fix)}</p></li>"
        for result in report.first
    )
    title = "Fix first" if report.of(Verdict.FAILED) else "Worth doing"
    return f"<h2>{title}</h2><ol class='first'>{items}</ol>"


def _figures(report: Report) -> str:
    times = report.times
    if times is None:
        return ""
    latencies = [latency for result in report.results if result.facts.area is not Area.LOAD for latency in result.latencies]
    cells = "".join(
        f"<div><dt>{label}</dt><dd>{_ms(value)}</dd></div>"
        for label, value in (
            ("half within", times.median),
            ("95 % within", times.p95),
            ("99 % within", times.p99),
            ("all within", times.longest),
        )
    )
    return f"<h2>Time to answer</h2><dl>{cells}</dl>{answer_times(latencies, report.limit)}"


def _verdicts(report: Report) -> str:
    numbers = ((verdict, len(report.of(verdict))) for verdict in Verdict)
    return ", ".join(f"{number} {verdict.value}" for verdict, number in numbers if number) + f", in {report.seconds:.1f} s."


def _area(report: Report, area: Area) -> str:
    results = [result for result in report.results if result.facts.area is area]
    if not results:
        return ""
    return f"<section><h3>{area.value.capitalize()}</h3>{''.join(_drill(result, report.limit) for result in results)}</section>"


def _drill(result: Result, limit: int) -> str:
    facts, verdict = result.facts, result.verdict
    opened = " open" if result.findings else ""
    findings = "".join(
        f"<li>{escape(finding.text)}{f' ({finding.times} times)' if finding.times > 1 else ''}</li>"
        for finding in result.findings
    )
    observed = [callback for part in result.parts for callback in part.observed]
    figure = ""
    if observed:
        picture = answer_times(result.latencies, limit) if facts.at_once > 1 and result.latencies else timeline(observed)
        figure = f"<figure>{picture}</figure>{_table(observed) if facts.at_once == 1 else ''}"
    return f"""<details id="{facts.drill}" class="{verdict.value}"{opened}>
<summary><span class="mark" aria-hidden="true">{_MARKS[verdict]}</span> <b>{escape(facts.title)}</b>
<span class="small">{facts.drill} · {verdict.value}{f": {escape(result.because)}" if result.because else ""}</span></summary>
{f"<ul class='findings'>{findings}</ul><p><b>Fix:</b> {_code(result.fix)}</p>" if findings else ""}
<p><b>Why:</b> {_code(facts.why)}</p>
<p class="small">Source: {escape(facts.source)}</p>
{figure}
</details>
"""


def _table(observed: list[ObservedCallback]) -> str:
    """The chart as a table, for people who cannot see it."""
    rows = [
        (
            callback.label,
            callback.event.recipient or "",
            format_duration(max(0, attempt.at)),
            str(attempt.outcome),
            attempt.outcome.latency,
        )
        for callback in observed
        for attempt in callback.attempts
    ][:ROWS]
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("Event", "About", "Virtual time", "Answer", "Took"))
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(fact)}</td>' for fact in facts)}<td>{_ms(took)}</td></tr>" for *facts, took in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details class='inner'><summary>Attempts</summary>{table}</details>"


def _code(text: str) -> str:
    """Escape a text and mark up what is between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
