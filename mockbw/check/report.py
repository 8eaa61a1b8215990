"""What a check found: one result for each drill, figures over all answers, a grade, and what to fix first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from mockbw.check.drill import Facts, Severity
from mockbw.check.evidence import PlayedScenario
from mockbw.check.wire_sender import Wire

__all__ = ["Finding", "Grade", "Report", "Result", "Times", "Verdict"]


class Verdict(StrEnum):
    """How a drill ended.

    ``blocked``: the failure of an earlier drill hides what it is about. ``skipped``: it was not played.
    """

    PASSED = "passed"
    FAILED = "failed"
    ADVICE = "advice"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class Grade(StrEnum):
    """The overall result."""

    READY = "ready"
    NEARLY = "nearly ready"
    NOT_READY = "not ready"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        """The grade in a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Grade.READY: "the endpoint handled everything that the platform may do",
    Grade.NEARLY: "it works on a good day; on a bad one, events get lost or are retried again and again",
    Grade.NOT_READY: "on the real platform, events will get lost, be duplicated, or be retried for 24 hours",
    Grade.UNKNOWN: "too little was observed to tell",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a drill found. ``times``: how often. ``fix``: how to fix it, where that is not what the drill says."""

    text: str
    severity: Severity
    fix: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """How one drill ended. ``because`` says why it was skipped or blocked; ``seconds`` is wall time."""

    facts: Facts
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    because: str = ""
    parts: tuple[PlayedScenario, ...] = ()
    seconds: float = 0.0

    @property
    def severity(self) -> Severity | None:
        """The highest severity among its findings; None when there are none."""
        return min((finding.severity for finding in self.findings), key=list(Severity).index, default=None)

    @property
    def fix(self) -> str:
        """What to change: what the first finding says, else the drill."""
        return next((finding.fix for finding in self.findings if finding.fix), self.facts.mend)

    @property
    def latencies(self) -> list[float]:
        """How long every answer took, in wall milliseconds."""
        return [
            attempt.outcome.latency
            for part in self.parts
            for observed in part.observed
            for attempt in observed.attempts
            if attempt.outcome.status is not None
        ]


@dataclass(frozen=True, slots=True)
class Times:
    """Percentiles of the time to answer, in wall milliseconds."""

    count: int
    median: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, latencies: list[float]) -> Times | None:
        """Return the percentiles, or None when nothing was answered."""
        if not latencies:
            return None
        ordered = sorted(latencies)

        def at(share: float) -> float:
            return ordered[max(0, ceil(share * len(ordered)) - 1)]

        return cls(len(ordered), at(0.5), at(0.95), at(0.99), ordered[-1])


_WEIGHT = {Severity.MUST: 0, Severity.SHOULD: 1, Severity.ADVICE: 2}


@dataclass(slots=True)
class Report:
    """The whole check.

    ``limit`` is the platform's time-out in milliseconds. ``ended`` says why the check ended early; ``stopped``: it was stopped by
    hand.
    """

    url: str
    edition: str
    version: str
    limit: int
    results: list[Result] = field(default_factory=list)
    ended: str = ""
    stopped: bool = False
    seconds: float = 0.0

    @property
    def times(self) -> Times | None:
        """How long the answers took. Those under load, and those to requests that are slow to send, are left out."""
        plain = [result for result in self.results if result.facts.at_once == 1 and Wire.SPLIT not in result.facts.wire]
        return Times.of([latency for result in plain for latency in result.latencies])

    def of(self, *verdicts: Verdict) -> list[Result]:
        """Return the results of these verdicts."""
        return [result for result in self.results if result.verdict in verdicts]

    @property
    def grade(self) -> Grade:
        """The overall result. A check that was cut short is never ``ready``."""
        severities = {result.severity for result in self.of(Verdict.FAILED)}
        if Severity.MUST in severities:
            return Grade.NOT_READY
        if self.ended or not self.of(Verdict.PASSED, Verdict.FAILED, Verdict.ADVICE):
            return Grade.UNKNOWN
        return Grade.NEARLY if severities else Grade.READY

    @property
    def first(self) -> list[Result]:
        """The three results to fix first: by severity, then in the order of the drills."""
        found = self.of(Verdict.FAILED, Verdict.ADVICE)
        return sorted(found, key=lambda result: _WEIGHT[result.severity or Severity.ADVICE])[:3]
