"""The endpoint's view: what failed is redelivered, many at once."""

from __future__ import annotations

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_all_that_failed_since_an_outage_is_counted_and_then_redelivered(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    desk.endpoint.always = 500
    await desk.bench.post(text="given up")
    await account.settle()
    await account.advance(3_600_000)
    for number in range(3):
        await desk.bench.post(text=f"number {number}")
    await account.step(2)
    await desk.open("endpoint")
    await says(desk.button("Redeliver 4 callbacks")).to_be_enabled()
    await desk.page.get_by_label("that failed at or after (UTC)").press_sequentially("01252018")
    await desk.page.keyboard.press("Tab")
    await desk.page.keyboard.type("040000PM")
    await desk.page.keyboard.press("Tab")
    await says(desk.button("Redeliver 3 callbacks")).to_be_enabled()
    desk.endpoint.answers = [200, 503, 200]
    await desk.button("Redeliver 3 callbacks").click()
    await says(desk.page.get_by_role("status").filter(has_text="3 extra attempts")).to_have_text(
        "3 extra attempts: 2 answered 2xx, 1 failed×"
    )
    await says(desk.button("Redeliver 1 callback")).to_be_enabled()
    await says(desk.page.locator(".figure", has_text="waiting").locator("dd")).to_have_text("1")


async def test_selected_callbacks_alone_are_redelivered(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    desk.endpoint.always = 500
    for number in range(3):
        await desk.bench.post(text=f"number {number}")
    await account.settle()
    await desk.open("endpoint")
    boxes = desk.page.get_by_role("checkbox", name="Select message-delivered")
    await says(boxes).to_have_count(3)
    await boxes.nth(0).press("Space")
    await boxes.nth(2).press("Space")
    desk.endpoint.always = 200
    desk.endpoint.bodies.clear()
    await desk.button("Redeliver 2 callbacks").click()
    await says(desk.page.get_by_role("status").filter(has_text="2 extra attempts: 2 answered 2xx")).to_be_visible()
    await says(boxes).to_have_count(1)
    messages = account.records.messages
    assert [messages[event["message"]["id"]].message.text for event in desk.endpoint.events] == ["number 0", "number 2"]
