"""The connection of the page: it shows when nothing is live, and reconnects by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from mockbw.core.clock import ClockMode
from tests.server.bench import ACCOUNT, serving
from tests.server.ui.desk import Desk, says

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_break_of_the_line_is_told_and_what_happened_meanwhile_shows_afterwards(desk: Desk) -> None:
    await desk.bench.post(text="before")
    await desk.open()
    await says(desk.rows()).to_have_count(1)
    await desk.page.route("**/events*", lambda route: route.abort())
    desk.cut()
    await says(desk.page.locator("[data-line=off]")).to_have_text("Not live")
    await desk.bench.post(text="meanwhile")
    await desk.page.unroute("**/events*")
    await says(desk.page.locator("[data-line=on]")).to_have_text("Live")
    await says(desk.rows()).to_have_count(2)
    await says(desk.rows().first).to_contain_text("meanwhile")


async def test_while_the_server_is_stopped_nothing_on_the_page_looks_live_and_then_it_comes_back(browser: Browser) -> None:
    page = await browser.new_page()
    clock = page.locator("[data-now]")
    async with serving(clock=ClockMode.REAL) as bench:
        await bench.post(text="before")
        url, port = bench.double.url, int(bench.double.url.rpartition(":")[2])
        await page.goto(f"{url}/#/{ACCOUNT}/messages")
        await says(page.locator(".message-row")).to_contain_text("before")
        await says(page.get_by_role("button", name="Pause")).to_be_visible()
    warning = page.get_by_role("alert")
    await says(warning).to_have_text(
        re.compile(
            r"^The server does not respond\. Nothing here is live: this is the state at 2018-01-24 16:0\d:\d\d\. "
            r"The page reconnects by itself\.$"
        )
    )
    await says(page.get_by_role("status").first).to_have_text("Not live")
    await says(page.get_by_role("region", name="Clock").get_by_role("button")).to_have_count(0)
    stopped_at = await clock.inner_text()
    await says(page).to_have_title("Not live · Messages · mockbw")
    async with serving(port=port, clock=ClockMode.REAL) as bench:
        await says(warning).to_have_count(0)
        await says(page.get_by_role("heading", name="Send the first message")).to_be_visible()
        await bench.post(text="after")
        await says(page.locator(".message-row")).to_contain_text("after")
        await says(clock).not_to_have_text(stopped_at)
        await page.close()


async def test_a_closed_control_api_says_what_to_set(browser: Browser) -> None:
    async with serving(host="0.0.0.0") as bench:
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(f"http://127.0.0.1:{bench.double.url.rpartition(':')[2]}/")
        card = page.locator(".gate .card")
        await says(card.get_by_role("heading")).to_have_text("The control API is closed to this page")
        await says(card).to_contain_text("there is no control token.")
        await says(card).to_contain_text("Set MOCKBW_CONTROL_TOKEN")
        assert await card.evaluate("card => getComputedStyle(card).borderRadius") == "10px"
        await page.close()
