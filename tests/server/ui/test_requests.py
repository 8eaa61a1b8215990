"""Requests to the platform's API: each opens, with what it held and what it was answered."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says
from tests.support import APPLICATION, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCENARIO = "name: spam\nmatch: {to: '+1919555*', text: 'BUY'}\ntimeline:\n  - outcome: failed\n    error: 4770\n"


async def refuse(desk: Desk, body: str) -> None:
    """Make a request that is refused."""
    headers = {"Content-Type": "application/json", "Authorization": "Basic dXNlcjpzZWNyZXQ="}
    url = f"{desk.bench.double.base_url}/users/{ACCOUNT}/messages"
    async with desk.bench.session.post(url, data=body, headers=headers) as response:
        assert response.status == 400


async def test_a_refused_request_opens_with_headers_body_and_answer_and_is_sent_again(desk: Desk) -> None:
    body = json.dumps({"from": SENDER, "to": ["12"], "applicationId": APPLICATION})
    await refuse(desk, body)
    await desk.open("requests")
    row = desk.page.locator(".request").first
    await says(row).to_contain_text("'text' is required")
    await row.press("Enter")
    sent = desk.page.get_by_role("region", name="Request", exact=True)
    await says(sent.locator(".code")).to_have_text(json.dumps(json.loads(body), indent=2))
    await says(sent.locator(".headers")).to_contain_text("Basic …")
    await says(desk.page.locator("main")).not_to_contain_text("dXNlcjpzZWNyZXQ=")
    answer = desk.page.get_by_role("region", name="Response")
    await says(answer.locator(".code")).to_contain_text('"type": "request-validation"')
    await desk.button("Send again").click()
    await says(desk.page.get_by_role("status").filter(has_text="Response: 400")).to_be_visible()
    await says(desk.page.locator(".request")).to_have_count(2)
    assert [entry.path for entry in desk.bench.double.account(ACCOUNT).records.requests] == [
        f"/api/v2/users/{ACCOUNT}/messages"
    ] * 2


async def test_a_request_is_copied_as_the_curl_command_that_makes_it(desk: Desk) -> None:
    await refuse(desk, "{\"it's\": 'broken'")
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.open("requests/1")
    await desk.button("Copy as curl").click()
    await says(desk.page.get_by_role("status").filter(has_text="curl command copied")).to_be_visible()
    words = shlex.split((await desk.page.evaluate("navigator.clipboard.readText()")).replace("\\\n", " "))
    url = f"{desk.bench.double.base_url}/users/{ACCOUNT}/messages"
    assert words == [
        *("curl", "-X", "POST", url, "-u", "user:secret"),
        *("-H", "Content-Type: application/json", "--data-binary", "{\"it's\": 'broken'"),
    ]


async def test_an_accepted_request_says_which_scenarios_nearly_played(desk: Desk) -> None:
    await desk.bench.call("POST", f"accounts/{ACCOUNT}/scenarios", data=SCENARIO, headers={"Content-Type": "application/yaml"})
    await desk.bench.post(text="Your table is ready")
    await desk.open("requests/1")
    await says(desk.page.get_by_role("region", name="Near misses")).to_contain_text(
        "spam was not played: text is 'Your table is ready'"
    )
    await says(desk.page.get_by_role("region", name="Request", exact=True).locator(".code")).to_contain_text(
        '"text": "Your table is ready"'
    )
    await desk.page.get_by_role("link", name="Open the message").click()
    await says(desk.page.locator(".bubble")).to_have_text("Your table is ready")


async def test_only_the_refused_ones_are_listed_when_they_alone_are_wanted(desk: Desk) -> None:
    await desk.bench.post()
    await refuse(desk, "{")
    await desk.open("requests")
    await says(desk.page.locator(".request")).to_have_count(2)
    await desk.page.get_by_label("Only refused").press("Space")
    await says(desk.page.locator(".request")).to_have_count(1)
    await says(desk.page.locator(".request")).to_contain_text("is not valid JSON")
    assert desk.page.url.endswith("requests?refused=true")
