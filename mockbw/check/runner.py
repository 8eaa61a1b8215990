"""Runs a check: one drill after another, each judged as soon as it has been played."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from mockbw._version import __version__
from mockbw.check.application_query import ApplicationQueryError
from mockbw.check.drill import Drill, Facts, Need, Rule, Severity, chosen, shipped_drills
from mockbw.check.drill_player import DrillPlayer
from mockbw.check.evidence import Evidence, ObservedCallback
from mockbw.check.failures import Kind, kind_of
from mockbw.check.reachability import unreachable
from mockbw.check.report import Finding, Report, Result, Verdict
from mockbw.check.rules import judge, judge_address, judge_answers, judge_times
from mockbw.check.settings import CheckSettings
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.errors import StartError
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.wallclock import monotonic_ms

__all__ = ["Check"]

PLAIN, UNKNOWN_MESSAGE, RECEIVED = "plain-callback", "unknown-message", "received-sms"
"""The drills that others depend on: any callback at all, events about messages, events from handsets."""

OVERALL = frozenset({Rule.QUICK, Rule.PLAIN_ANSWERS, Rule.ADDRESS, Rule.VALID_REQUESTS})
"""Rules of drills that play nothing: they judge what was observed in the others."""

_NEEDS = {
    Need.CREDENTIALS: "give the credentials of your endpoint with --user and --password",
    Need.APPLICATION: "let your application send through mockbw, and pass --app-sends",
    Need.TRIGGER: "give a command or URL that makes your application send a message with --trigger",
    Need.STATUS: "give a command or URL that returns the status your application has stored with --status-of",
    Need.CONTROL: "pass --ask to be prompted to stop and start your endpoint, or give commands that do it with --down and --up",
}


class Check:
    """One check of one endpoint.

    For progress output: ``ready`` is called with the base URL of the double before the first drill, ``ended`` with each result.

    Raises:
        UnknownError: ``only`` or ``skip`` names a drill or area that does not exist.
    """

    def __init__(
        self,
        settings: CheckSettings,
        drills: Iterable[Drill] | None = None,
        *,
        ready: Callable[[str], None] = lambda base_url: None,
        ended: Callable[[Result], None] = lambda result: None,
    ) -> None:
        self.settings = settings
        self.drills = chosen(shipped_drills() if drills is None else drills, settings.only, settings.skip)
        self.report = Report(settings.url, settings.edition, __version__, settings.limit)
        self._ready, self._ended = ready, ended
        self._base: dict[str, Result] = {}
        self._playing: asyncio.Task[Report] | None = None

    def stop(self) -> None:
        """End the check now; ``run`` returns the results so far."""
        self.report.ended, self.report.stopped = "it was stopped by hand", True
        if self._playing is not None:
            self._playing.cancel()

    async def run(self) -> Report:
        """Play every drill and return the report.

        Raises:
            StartError: the endpoint cannot be reached at all, or the port of the double is in use.
        """
        started = monotonic_ms()
        await self._require_reachable()
        self._playing = asyncio.ensure_future(self._run())
        try:
            await self._playing
        except asyncio.CancelledError:
            if not self.report.ended:
                raise
        self.report.seconds = (monotonic_ms() - started) / 1000
        return self.report

    async def _require_reachable(self) -> None:
        for url in self.settings.urls:
            because = await unreachable(url)
            if because:
                raise StartError(f"{url} cannot be reached: {because}. Start the application, or correct the URL")

    async def _run(self) -> Report:
        settings = Settings(
            host=self.settings.host,
            port=self.settings.port,
            edition=self.settings.edition,
            clock=ClockMode.AUTO,
            magic_numbers=False,
            grace=0.0,
        )
        async with MockBandwidth(settings) as double:
            player = DrillPlayer(self.settings, double)
            self._ready(double.base_url)
            for drill in self.drills:
                if self.report.stopped:
                    break
                result = await self._result(drill, player)
                self.report.results.append(result)
                self._base[drill.name] = result
                self._ended(result)
        return self.report

    async def _result(self, drill: Drill, player: DrillPlayer) -> Result:
        facts, started = drill.facts, monotonic_ms()
        if because := self._skip_reason(drill, player):
            return Result(facts, Verdict.SKIPPED, because=because)
        if facts.rule in OVERALL:
            return _judged(facts, self._overall(facts, player))
        if self._failed(PLAIN):
            return Result(facts, Verdict.BLOCKED, because=f"no callback is answered 2xx: see {PLAIN}")
        try:
            evidence = await player.play(drill)
        except ApplicationQueryError as error:
            return Result(facts, Verdict.SKIPPED, because=str(error))
        result = self._judge(drill, evidence)
        result = await self._require_survival(result)
        return replace(result, parts=tuple(evidence.parts), seconds=(monotonic_ms() - started) / 1000)

    def _skip_reason(self, drill: Drill, player: DrillPlayer) -> str:
        """Return why a drill is not played; empty when it is."""
        if self.report.ended:
            return self.report.ended
        have = {
            Need.CREDENTIALS: self.settings.credentials is not None,
            Need.APPLICATION: self.settings.app_sends,
            Need.TRIGGER: self.settings.trigger is not None,
            Need.STATUS: self.settings.status_of is not None,
            Need.CONTROL: self.settings.up is not None and self.settings.down is not None,
        }
        missing = next((need for need in drill.facts.needs if not have[need]), None)
        if missing is not None:
            return _NEEDS[missing]
        if drill.facts.rule is Rule.VALID_REQUESTS and not player.sent_anything:
            return "the application has sent no request through mockbw"
        if drill.sources and not drill.for_edition(self.settings.edition):
            return f"edition {self.settings.edition} has no such events"
        return ""

    def _overall(self, facts: Facts, player: DrillPlayer) -> list[Finding]:
        match facts.rule:
            case Rule.QUICK:
                return judge_times(facts, self.report.times, self.settings.limit)
            case Rule.ADDRESS:
                return judge_address(facts, self.settings.urls)
            case Rule.VALID_REQUESTS:
                return judge(facts, Evidence(self.settings.limit, refused=player.refused_requests()))
        seen = [observed for result in self.report.results for part in result.parts for observed in part.observed]
        return judge_answers(facts, seen)

    def _judge(self, drill: Drill, evidence: Evidence) -> Result:
        """Judge a drill by what an earlier failure does not already explain."""
        explained = 0
        if drill.name not in (PLAIN, UNKNOWN_MESSAGE, RECEIVED):
            for part in evidence.parts:
                explains = [observed for observed in part.observed if self._explained(observed)]
                explained += len(explains)
                part.observed = [observed for observed in part.observed if observed not in explains]
        if drill.facts.rule is Rule.SAME_STATUS and evidence.parts and evidence.parts[0].status is None:
            because = "the application has no status for a message it did not send: give a --trigger that makes it send one"
            return Result(drill.facts, Verdict.SKIPPED, because=because)
        result = _judged(drill.facts, judge(drill.facts, evidence))
        if explained and result.verdict is Verdict.PASSED:
            base = UNKNOWN_MESSAGE if self._failed(UNKNOWN_MESSAGE) else RECEIVED
            return Result(drill.facts, Verdict.BLOCKED, because=f"it is answered as in {base}, whatever it contains")
        return result

    def _explained(self, observed: ObservedCallback) -> bool:
        base = self._base.get(RECEIVED if observed.inbound else UNKNOWN_MESSAGE)
        if base is None or base.verdict is not Verdict.FAILED:
            return False
        return kind_of(observed.last) in _kinds(base)

    def _failed(self, drill: str) -> bool:
        return drill in self._base and self._base[drill].verdict is Verdict.FAILED

    async def _require_survival(self, result: Result) -> Result:
        """Check whether the endpoint survived a drill that found something."""
        if not result.findings:
            return result
        because = await unreachable(self.settings.url)
        if not because:
            return result
        self.report.ended = f"the endpoint went down during the drill {result.facts.drill}"
        gone = Finding(f"after this drill the endpoint could no longer be reached: {because}", Severity.MUST)
        return replace(result, verdict=Verdict.FAILED, findings=(gone, *result.findings))


def _judged(facts: Facts, findings: list[Finding]) -> Result:
    if not findings:
        return Result(facts, Verdict.PASSED)
    advice = all(finding.severity is Severity.ADVICE for finding in findings)
    ordered = sorted(findings, key=lambda finding: list(Severity).index(finding.severity))
    return Result(facts, Verdict.ADVICE if advice else Verdict.FAILED, tuple(ordered))


def _kinds(result: Result) -> set[Kind]:
    return {
        kind_of(observed.last)
        for part in result.parts
        for observed in part.observed
        if observed.last is None or not observed.last.delivered
    }
