"""What an application sends and stores in response to callbacks is checked as well."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from mockbw.check import Check, CheckSettings, Report, Verdict
from tests.check import endpoints as e


class Replies(e.Application):
    """Answers every inbound message once, and confirms STOP; can be triggered to send, and queried for a stored status."""

    def __init__(self) -> None:
        super().__init__()
        self.base_url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/status/"):
            return web.json_response({"status": self.status(request.path.rpartition("/")[2])})
        if request.path == "/send":
            return web.Response(status=await self.send(request.query["to"], "Your table is ready"))
        return await super().handle(request)

    def authorized(self, request: web.Request) -> bool:
        return True

    def status(self, message: str) -> str | None:
        return next((status for key, status in self.statuses.items() if key.startswith(message)), None)

    async def take(self, event: e.Event) -> web.StreamResponse | None:
        message = event["message"]
        if event["type"] == "message-received" and message["id"] not in self.received:
            await self.reply(message)
        return await super().take(event)

    async def reply(self, message: dict[str, Any]) -> None:
        await self.send(message["from"], "Thank you")

    async def send(self, to: str, text: str) -> int:
        if not self.base_url:
            return 503
        body = {"from": "+19195550199", "to": [to], "text": text, "applicationId": "93de2206-9669-4e07-948d-329f4b722ee2"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.base_url}/users/9900000/messages", json=body) as answer,
        ):
            return answer.status


class Loops(Replies):
    async def take(self, event: e.Event) -> web.StreamResponse | None:
        if event["type"] == "message-delivered":
            await self.send(event["to"], "It was delivered!")
        return await super().take(event)


class RepliesTwice(Replies):
    async def take(self, event: e.Event) -> web.StreamResponse | None:
        self.received.clear()
        return await super().take(event)


class SendsAfterStop(Replies):
    async def reply(self, message: dict[str, Any]) -> None:
        await self.send(message["from"], "Thank you")
        await self.send(message["from"], "By the way")


class TrustsTheLastEvent(Replies):
    async def take(self, event: e.Event) -> web.StreamResponse | None:
        self.statuses.clear()
        return await super().take(event)


class SendsInvalidRequests(Replies):
    async def send(self, to: str, text: str) -> int:
        return await super().send(to, "")


APPLICATION = ("plain-callback", "application", "valid-requests")


async def checked(application: Replies, *only: str, status: str = "/status/{id}") -> Report:
    async with application:
        site = application.url.removesuffix("/callbacks")
        settings = CheckSettings(
            application.url,
            patience=0.1,
            app_sends=True,
            trigger=f"{site}/send?to={{to}}",
            status_of=f"{site}{status}",
            only=only or APPLICATION,
        )
        return await Check(settings, ready=lambda base_url: setattr(application, "base_url", base_url)).run()


def failed(report: Report) -> set[str]:
    return {result.facts.drill for result in report.of(Verdict.FAILED)}


def said(report: Report) -> str:
    return "\n".join(finding.text for result in report.results for finding in result.findings)


async def test_an_application_that_sends_correctly_passes() -> None:
    report = await checked(Replies())
    assert (failed(report), report.of(Verdict.SKIPPED, Verdict.BLOCKED)) == (set(), []), said(report)


@pytest.mark.parametrize(
    ("application", "drills", "words"),
    [
        (Loops, {"loop"}, "by sending 1 new message (“It was delivered!” to +19195550157)"),
        (RepliesTwice, {"reply-once"}, "an inbound message sent twice was answered with 2 messages, one sent once with 1"),
        (SendsAfterStop, {"stop-respected"}, "after STOP it sent 2 messages to the person"),
        (TrustsTheLastEvent, {"status-order"}, "has stored “message-sent” where it stores “message-delivered”"),
        (SendsInvalidRequests, {"valid-requests"}, "POST /api/v2/users/9900000/messages was answered 400"),
    ],
)
async def test_what_it_sends_and_stores_wrongly_is_named(application: type[Replies], drills: set[str], words: str) -> None:
    report = await checked(application())
    assert failed(report) == drills, said(report)
    assert words in said(report)


async def test_without_a_status_the_drills_about_it_say_what_is_missing() -> None:
    report = await checked(Replies(), "status-order", status="/nowhere?{id}")
    because = [result.because for result in report.results]
    assert because == ["the application has no status for a message it did not send: give a --trigger that makes it send one"]
