"""The rules by which drills are judged. Each is a function from what was observed to what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median
from urllib.parse import urlsplit

from mockbw.check.drill import Facts, Rule, Severity
from mockbw.check.evidence import Evidence, ObservedCallback
from mockbw.check.failures import hint_of, kind_of, sentence
from mockbw.check.report import Finding, Times
from mockbw.config.settings import is_loopback
from mockbw.core.model import Fault, Outcome

__all__ = ["judge", "judge_address", "judge_answers", "judge_times"]

NEAR = 0.5
"""The share of the time-out from which an answer counts as slow: on a bad day it takes twice as long."""


def judge(facts: Facts, evidence: Evidence) -> list[Finding]:
    """Return what a drill has found."""
    found = [Finding(text, facts.severity) for text in evidence.expected]
    found.extend(_RULES[facts.rule](facts, evidence))
    return list(_counted(found))


def _counted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield equal findings once, with their count."""
    numbers: dict[Finding, int] = {}
    for finding in findings:
        numbers[finding] = numbers.get(finding, 0) + 1
    for finding, number in numbers.items():
        yield Finding(finding.text, finding.severity, finding.fix, number)


def _is_2xx(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status is not None and 200 <= outcome.status < 300


def _not_2xx(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    for observed in evidence.observed:
        if not _is_2xx(observed.last):
            yield Finding(
                _where(facts, observed) + sentence(observed, evidence.limit), facts.severity, hint_of(kind_of(observed.last))
            )


def _where(facts: Facts, observed: ObservedCallback) -> str:
    return f"{observed.wire}: " if len(facts.wire) > 1 else ""


def _any_answered(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    if not any(_is_2xx(observed.last) for observed in evidence.observed):
        yield from _not_2xx(facts, evidence)


def _no_crash(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    """Rejecting is fine; crashing is not."""
    for observed in evidence.observed:
        outcome = observed.last
        if outcome is None or outcome.status is None or outcome.status >= 500:
            text = sentence(observed, evidence.limit).replace(" instead of 2xx", "")
            yield Finding(f"{observed.wire}: {text}" if len(facts.wire) > 1 else text, facts.severity)


def _refused(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    for observed in evidence.observed:
        outcome = observed.last
        if outcome is None or outcome.status not in (401, 403):
            yield Finding(f"with a wrong password, {_answer(observed)} instead of 401", facts.severity)


def _challenged(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    for observed in evidence.observed:
        outcome = observed.last
        if outcome is None or outcome.status != 401:
            yield Finding(f"without credentials, {_answer(observed)} instead of 401", facts.severity)
        elif not any(name.lower() == "www-authenticate" and "basic" in value.lower() for name, value in outcome.headers):
            text = "the 401 has no `WWW-Authenticate: Basic` header, so the platform never sends the credentials"
            yield Finding(text, facts.severity)


def _answer(observed: ObservedCallback) -> str:
    return f"{observed.label} was answered {kind_of(observed.last)}"


# -- load ---------------------------------------------------------------------------------------------------------------------


def _together(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    outcomes = [attempt.outcome for observed in evidence.observed for attempt in observed.attempts]
    late = sum(outcome.fault is Fault.TIMEOUT for outcome in outcomes)
    wait = f"{evidence.limit / 1000:g} s"
    if late:
        yield Finding(
            f"with {facts.at_once} callbacks at once, {late} of {len(outcomes)} were not answered within {wait}",
            facts.severity,
            "" if late < len(outcomes) else hint_of("timeout"),
        )
    yield from (finding for finding in _not_2xx(facts, evidence) if "was not answered within" not in finding.text)
    latencies = [outcome.latency for outcome in outcomes if outcome.status is not None]
    if not latencies:
        return
    slowest, quickest = max(latencies), min(latencies)
    if not late and slowest >= evidence.limit * NEAR and slowest > 5 * quickest:
        text = (
            f"with {facts.at_once} callbacks at once, the first was answered after {quickest / 1000:.2g} s and the last after "
            f"{slowest / 1000:.2g} s: they are processed one after another, and the platform waits only {wait}"
        )
        yield Finding(text, Severity.SHOULD)
    quarter = len(latencies) // 4
    if quarter < facts.at_once:
        return
    first, last = median(latencies[:quarter]), median(latencies[-quarter:])
    if last > 3 * first and last - first > evidence.limit / 50:
        text = f"answers became slower and slower: {first:.0f} ms in the first quarter, {last:.0f} ms in the last"
        yield Finding(text, Severity.ADVICE)


# -- retries ------------------------------------------------------------------------------------------------------------------


def _recovered(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    for observed in evidence.observed:
        if not _is_2xx(observed.last):
            yield Finding(f"after the endpoint was up again, {sentence(observed, evidence.limit)}", facts.severity)
        elif len(observed.attempts) == 1:
            yield Finding("the endpoint answered although it should have been down, so no retry was observed", Severity.ADVICE)


# -- what the application did -------------------------------------------------------------------------------------------------


def _quiet(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    yield from _not_2xx(facts, evidence)
    for part in evidence.parts:
        if part.sent:
            sent = part.sent[0]
            yield Finding(
                f"it answered events about an outbound message by sending {_count(len(part.sent), 'new message')} "
                f"(“{_short(sent.text)}” to {', '.join(sent.to)}): each of them has events of its own, in an endless loop",
                facts.severity,
            )


def _once(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    yield from _not_2xx(facts, evidence)
    once, *duplicated = (len(part.sent) for part in evidence.parts)
    for number in duplicated:
        if number > once:
            yield Finding(
                f"an inbound message sent twice was answered with {_count(number, 'message')}, one sent once with {once}",
                facts.severity,
            )


def _stopped(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    yield from _not_2xx(facts, evidence)
    for part in evidence.parts:
        if len(part.sent) > 1:
            text = f"after STOP it sent {len(part.sent)} messages to the person; only one confirmation is allowed"
            yield Finding(text, facts.severity)


def _same_status(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    yield from _not_2xx(facts, evidence)
    plain, *disturbed = evidence.parts
    for part in disturbed:
        if plain.status is not None and part.status != plain.status:
            yield Finding(
                f"the application has stored “{part.status or 'nothing'}” where it stores “{plain.status}” after the same "
                f"events in order, each sent once ({', then '.join(observed.label for observed in part.observed)})",
                facts.severity,
            )


def _valid_requests(facts: Facts, evidence: Evidence) -> Iterator[Finding]:
    for request in evidence.refused:
        text = f"its {request.method} {request.path} was answered {request.status}: {request.because or 'refused'}"
        yield Finding(text, facts.severity)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= 40 else f"{text[:39]}…"


# -- over all answers ---------------------------------------------------------------------------------------------------------


def judge_times(facts: Facts, times: Times | None, limit: int) -> list[Finding]:
    """Judge how long the answers took."""
    if times is None or times.p95 < NEAR * limit:
        return []
    return [
        Finding(
            f"one answer in twenty took {times.p95 / 1000:.2g} s or longer (the longest {times.longest / 1000:.2g} s); "
            f"the platform waits {limit / 1000:g} s and then counts the callback as failed",
            facts.severity,
        )
    ]


_INTERNALS = {
    "a stack trace": re.compile(r"Traceback \(most recent call last\)|\bat [^\n<]{1,200}:\d+(:\d+)?\)?"),
    "a debugger page": re.compile(r"Werkzeug Debugger|You're seeing this error because you have <code>DEBUG"),
}
_MARKUP = re.compile(r"<Response\b|<\?xml[^>]*>\s*<Response", re.IGNORECASE)


def judge_answers(facts: Facts, observed: Iterable[ObservedCallback]) -> list[Finding]:
    """Judge what the answers contain."""
    found: list[Finding] = []
    for outcome in (attempt.outcome for callback in observed for attempt in callback.attempts):
        for what, pattern in _INTERNALS.items():
            if pattern.search(outcome.body):
                text = f"an answer ({outcome}) shows {what} to anybody who calls"
                found.append(Finding(text, facts.severity, "Turn off debug mode, and answer errors without internals."))
        if _MARKUP.search(outcome.body):
            text = "answers contain markup that requests a reply: this platform ignores it"
            found.append(Finding(text, facts.severity, "Reply by sending a message through the API."))
        if len(outcome.body) >= LARGE:
            found.append(Finding("answers are larger than 4 kB, and nothing reads them", facts.severity))
    return list(_counted(found))


LARGE = 4096
"""How many bytes of an answer's body are kept; an answer that fills them is larger than it needs to be."""


def judge_address(facts: Facts, urls: Iterable[str]) -> list[Finding]:
    """Judge whether the platform can and should call these URLs (P10)."""
    found = []
    for url in urls:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if port not in (80, 443) and port < 1024:
            found.append(Finding(f"the platform calls ports 80, 443, and 1024 and above, not {port}", facts.severity))
        if parts.username is not None:
            found.append(Finding("the URL contains credentials, which end up in logs", Severity.ADVICE))
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            text = f"callbacks travel to {parts.hostname} unencrypted, with people's phone numbers and messages"
            found.append(Finding(text, Severity.ADVICE, "Serve the endpoint over https."))
    return found


_RULES: Mapping[Rule, Callable[[Facts, Evidence], Iterator[Finding]]] = {
    Rule.ANSWERED: _not_2xx,
    Rule.ANY_ANSWERED: _any_answered,
    Rule.NO_CRASH: _no_crash,
    Rule.REFUSED: _refused,
    Rule.CHALLENGED: _challenged,
    Rule.TOGETHER: _together,
    Rule.RECOVERED: _recovered,
    Rule.QUIET: _quiet,
    Rule.ONCE: _once,
    Rule.STOPPED: _stopped,
    Rule.SAME_STATUS: _same_status,
    Rule.VALID_REQUESTS: _valid_requests,
}
