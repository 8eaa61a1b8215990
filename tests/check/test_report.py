"""The results of a check: the grade, the page, the files for CI, also when the check was cut short."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from mockbw.check import Check, CheckSettings, Grade, Report, Result, Verdict
from mockbw.check.data import report_data
from mockbw.check.html import report_html
from mockbw.check.junit import report_junit
from mockbw.core.model import Credentials
from mockbw.errors import StartError, UnknownError
from tests.check import endpoints as e

CREDENTIALS = Credentials(e.USER, e.PASSWORD)


async def checked(application: e.Application) -> Report:
    async with application:
        settings = CheckSettings(application.url, credentials=CREDENTIALS, only=("basics", "inbound", "answer-time"))
        return await Check(settings).run()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.tags: list[str] = []
        self.unnamed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        facts = dict(attrs)
        self.references += [str(facts[name]) for name in ("src", "href", "srcset", "data") if name in facts]
        self.unnamed += tag == "svg" and not (facts.get("role") == "img" and facts.get("aria-labelledby"))


async def test_the_page_is_self_contained_and_its_charts_have_accessible_names() -> None:
    page = report_html(await checked(e.NoEmoji()))
    tags = _Tags()
    tags.feed(page)
    assert [reference for reference in tags.references if not reference.startswith("#")] == []
    assert not {"script", "link", "img", "iframe"} & set(tags.tags)
    assert "@import" not in page
    assert "url(" not in page
    assert tags.tags.count("svg") > 5
    assert tags.unnamed == 0


async def test_the_page_shows_the_grade_and_what_to_fix_first() -> None:
    page = report_html(await checked(e.NoEmoji()))
    assert "<strong>Not ready</strong>" in page
    assert "<a href='#text-emoji'>Emoji in an inbound message</a>" in page
    assert "utf8mb4" in page


class SaysMarkup(e.Application):
    async def take(self, event: e.Event) -> None:
        raise e.web.HTTPBadRequest(text="<script>alert(1)</script>]]>\x07")


async def test_what_an_endpoint_answers_is_always_escaped() -> None:
    report = await checked(SaysMarkup())
    assert "<script" not in report_html(report)
    assert ET.fromstring(report_junit(report)).get("failures") == "1"


async def test_every_ci_can_read_the_results() -> None:
    suite = ET.fromstring(report_junit(await checked(e.NoEmoji())))
    assert (suite.get("tests"), suite.get("failures")) == ("12", "1")
    failure = suite.find("testcase[@name='text-emoji']/failure")
    assert failure is not None
    assert "was answered 500 instead of 2xx" in failure.get("message", "")


async def test_programs_read_the_report_as_json() -> None:
    data = json.loads(json.dumps(report_data(await checked(e.NoEmoji()))))
    assert (data["grade"], data["first"], data["verdicts"]) == ("not ready", ["text-emoji"], {"passed": 11, "failed": 1})
    emoji = next(drill for drill in data["drills"] if drill["drill"] == "text-emoji")
    assert emoji["answers"] == {"500": 1}
    assert emoji["findings"][0]["severity"] == "must"


async def test_a_check_that_is_stopped_reports_the_results_so_far() -> None:
    async with e.Application() as application:
        check = Check(CheckSettings(application.url, credentials=CREDENTIALS), ended=lambda result: stop(result))

        def stop(result: Result) -> None:
            if result.facts.drill == "unknown-message":
                check.stop()

        report = await check.run()
    assert [result.facts.drill for result in report.results] == ["plain-callback", "received-sms", "unknown-message"]
    assert (report.ended, report.grade) == ("it was stopped by hand", Grade.UNKNOWN)


async def test_an_unreachable_endpoint_is_an_error_and_not_a_finding() -> None:
    with pytest.raises(StartError, match=r"nothing listens at 127\.0\.0\.1:9"):
        await Check(CheckSettings("http://127.0.0.1:9/callbacks")).run()


async def test_an_unknown_drill_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownError, match=r"no drill or area 'emoji'\. Did you mean 'text-emoji'"):
        Check(CheckSettings("http://127.0.0.1:9/callbacks", only=("emoji",)))


class Dies(e.Application):
    async def take(self, event: e.Event) -> None:
        if "👩" in event["message"].get("text", ""):
            assert self._runner is not None
            for site in list(self._runner.sites):
                await site.stop()
            raise e.web.HTTPInternalServerError


async def test_an_endpoint_that_dies_ends_the_check_and_the_drill_is_named() -> None:
    report = await checked(Dies())
    (result,) = report.of(Verdict.FAILED)
    assert result.facts.drill == "text-emoji"
    assert "after this drill the endpoint could no longer be reached: nothing listens" in result.findings[0].text
    assert report.of(Verdict.SKIPPED)[0].because == "the endpoint went down during the drill text-emoji"


async def test_after_an_outage_the_endpoint_receives_what_it_missed() -> None:
    async with e.Application() as application:
        settings = CheckSettings(
            application.url,
            credentials=CREDENTIALS,
            only=("retry-after-outage",),
            down=application.stop,
            up=application.start,
        )
        report = await Check(settings).run()
    (result,) = report.results
    (observed,) = result.parts[0].observed
    assert result.verdict is Verdict.PASSED
    assert [str(attempt.outcome) for attempt in observed.attempts] == ["refused", "refused", "200"]
