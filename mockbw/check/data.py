"""A report as plain data, for programs: what ``mockbw check --json`` prints."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from mockbw.check.failures import kind_of
from mockbw.check.report import Report, Result

__all__ = ["report_data"]


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as JSON data. Times are wall milliseconds; ``seconds`` are wall seconds."""
    return {
        "url": report.url,
        "edition": report.edition,
        "mockbw": report.version,
        "grade": report.grade.value,
        "meaning": report.grade.meaning,
        "ended": report.ended or None,
        "seconds": round(report.seconds, 3),
        "limit": report.limit,
        "times": asdict(report.times) if report.times is not None else None,
        "verdicts": dict(Counter(result.verdict.value for result in report.results)),
        "first": [result.facts.drill for result in report.first],
        "drills": [_result(result) for result in report.results],
    }


def _result(result: Result) -> dict[str, Any]:
    facts = result.facts
    return {
        "drill": facts.drill,
        "title": facts.title,
        "area": facts.area.value,
        "severity": facts.severity.value,
        "verdict": result.verdict.value,
        "because": result.because or None,
        "findings": [
            {"text": finding.text, "severity": finding.severity.value, "times": finding.times} for finding in result.findings
        ],
        "why": facts.why,
        "source": facts.source,
        "mend": result.fix,
        "seconds": round(result.seconds, 3),
        "answers": dict(
            Counter(
                kind_of(attempt.outcome) for part in result.parts for observed in part.observed for attempt in observed.attempts
            )
        ),
    }
