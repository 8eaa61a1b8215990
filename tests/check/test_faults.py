"""A correct endpoint passes every drill; an endpoint with one fault fails exactly the drills about it, with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockbw.check import Check, CheckSettings, Drill, Grade, Report, Verdict, shipped_drills
from mockbw.core.model import Credentials, CredentialsMode
from tests.check import endpoints as e

LIMIT = 10_000
"""Milliseconds, as on the platform; tests of slow endpoints use a shorter one."""


def shortened() -> list[Drill]:
    """Return the shipped drills, the longest of them shortened."""
    shorter = {"sustained": 40}
    return [
        replace(drill, facts=drill.facts.model_copy(update={"copies": shorter.get(drill.name, drill.facts.copies)}))
        for drill in shipped_drills()
    ]


async def checked(application: e.Application, **settings: object) -> Report:
    async with application:
        chosen = {"credentials": Credentials(e.USER, e.PASSWORD), "limit": LIMIT, "patience": 0.1, **settings}
        return await Check(CheckSettings(application.url, **chosen), shortened()).run()


def failed(report: Report) -> set[str]:
    return {result.facts.drill for result in report.of(Verdict.FAILED, Verdict.ADVICE)}


def said(report: Report) -> str:
    return "\n".join(finding.text for result in report.results for finding in result.findings)


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
async def test_a_correct_endpoint_passes_every_drill(edition: str) -> None:
    report = await checked(e.Application(), edition=edition)
    assert failed(report) == set(), said(report)
    assert report.of(Verdict.BLOCKED) == []
    assert report.grade is Grade.READY


FAULTS = [
    (e.Redirects, {"plain-callback"}, "a redirect, 302 to /login"),
    (e.TrustsOrder, {"out-of-order"}, "message-sent was answered 500 instead of 2xx, saying “InvalidTransition"),
    (e.KnowsAllTypes, {"unknown-event-type"}, "message-forwarded was answered 500"),
    (e.KnowsAllCodes, {"unknown-error-code"}, "message-failed 4899 was answered 500"),
    (e.KnowsAllFields, {"unknown-fields"}, "saying “extra fields not permitted"),
    (e.NeedsTheSegmentCount, {"missing-fields"}, "message-delivered was answered 500"),
    (e.NoEmoji, {"text-emoji"}, "Incorrect string value"),
    (e.ShortTexts, {"text-long"}, "value too long"),
    (e.LatinOnly, {"text-rtl"}, "message-received was answered 500"),
    (e.NoText, {"text-empty"}, "message-received was answered 400"),
    (e.OpenToAll, {"challenge", "wrong-credentials"}, "with a wrong password, message-delivered was answered 200 instead of 401"),
    (e.NotIdempotent, {"duplicates", "duplicate-inbound", "several-events"}, "UNIQUE constraint failed"),
    (e.OnlyItsOwnMessages, {"unknown-message"}, "message-delivered was answered 404 instead of 2xx, saying “no such message”"),
    (e.SinglesOnly, {"group-events", "received-group"}, "too many values to unpack"),
    (e.ShowsItsInternals, {"broken-body", "answer-content"}, "shows a stack trace"),
    (e.ReadsAtOnce, {"split-request"}, "Unexpected end of JSON input"),
]


@pytest.mark.parametrize(("application", "drills", "words"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
async def test_one_fault_fails_the_drills_that_are_about_it(
    application: type[e.Application], drills: set[str], words: str
) -> None:
    report = await checked(application())
    assert failed(report) == drills, said(report)
    assert words in said(report)


async def test_an_endpoint_that_takes_more_than_half_the_time_out_gets_a_warning() -> None:
    report = await checked(e.Slow(), limit=2000, only=("plain-callback", "overall"))
    assert failed(report) == {"answer-time"}
    assert "one answer in twenty took 1." in said(report)


async def test_an_endpoint_that_never_answers_is_not_drilled_any_further() -> None:
    report = await checked(e.NeverAnswers(), limit=300)
    assert failed(report) == {"plain-callback"}
    assert "was not answered within 0.3 s" in said(report)
    assert {"burst", "duplicates", "text-emoji"} <= {result.facts.drill for result in report.of(Verdict.BLOCKED)}


async def test_an_endpoint_that_processes_one_callback_after_another_fails_the_burst() -> None:
    report = await checked(e.OneAtATime(), limit=3000, skip=("sustained",))
    assert failed(report) == {"burst"}, said(report)
    assert "with 40 callbacks at once, " in said(report)


async def test_a_missing_challenge_is_named_when_the_credentials_come_up_front() -> None:
    report = await checked(e.NoChallenge(), credentials_mode=CredentialsMode.UPFRONT)
    assert failed(report) == {"challenge"}
    assert "the 401 has no `WWW-Authenticate: Basic` header" in said(report)
