"""The list of messages: long ones, where one comes back to, days, times, and what is filtered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.bench import ACCOUNT, serving
from tests.server.ui.desk import Desk, says
from tests.support import draft

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOP = "() => document.querySelector('.list').scrollTop"


async def test_of_many_messages_only_those_in_sight_are_drawn_and_only_pages_are_fetched(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    for number in range(3_000):
        account.submit(draft(text=f"number {number}"))
    fetched: list[str] = []
    desk.page.on("request", lambda request: fetched.append(request.url) if "/messages?" in request.url else None)
    await desk.open()
    await says(desk.page.locator(".list-count")).to_have_text("3,000 messages")
    await says(desk.rows().first).to_contain_text("number 2999")
    assert await desk.rows().count() < 60
    oldest = desk.page.locator(".message-text", has_text=re.compile("^number 0$"))
    while await oldest.count() == 0:
        await desk.page.locator(".list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    assert await desk.page.locator(".list-row").count() < 60
    assert all("limit=200" in url for url in fetched)


async def test_a_link_to_an_old_message_shows_its_row_and_coming_back_finds_the_list_where_it_was(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    ids = [account.submit(draft(text=f"number {number}", tag=f"tag-{number % 3}")).message.id for number in range(900)]
    await desk.open(f"messages/{ids[100]}")
    row = desk.page.locator(".message-row[aria-current]")
    await says(row).to_be_in_viewport()
    await says(row).to_contain_text("number 100")
    above = desk.button("799 newer messages above")
    await desk.bench.post(text="the newest")
    await says(desk.button("800 newer messages above")).to_be_visible()
    await says(above).to_have_count(0)
    await desk.button("800 newer messages above").click()
    await says(desk.rows().first).to_contain_text("the newest")
    await desk.page.locator(".list").hover()
    await desk.page.mouse.wheel(0, 9_000)
    await says(desk.page.locator(".message-text", has_text=re.compile("^number 755$"))).to_be_in_viewport()
    scrolled = await desk.page.evaluate(TOP)
    await desk.page.get_by_role("link", name="Account").click()
    await desk.page.get_by_role("heading", name="Settings").wait_for()
    await desk.page.go_back()
    await says(desk.page.locator(".message-text", has_text=re.compile("^number 755$"))).to_be_in_viewport()
    assert await desk.page.evaluate(TOP) == scrolled
    # How many of a long list fit is counted, not only those that were read.
    await desk.write(desk.page.get_by_label("Search messages"), "tag-1")
    await says(desk.page.locator(".list-count")).to_have_text("300 of 901 messages")


async def test_on_a_phone_the_list_is_where_it_was_after_a_message_was_read(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    for number in range(100):
        account.submit(draft(text=f"number {number}"))
    await desk.page.set_viewport_size({"width": 390, "height": 700})
    await desk.open()
    await desk.page.locator(".list").hover()
    await desk.page.mouse.wheel(0, 3_000)
    row = desk.page.locator(".message-row", has_text="number 48")
    await says(row).to_be_in_viewport()
    scrolled = await desk.page.evaluate(TOP)
    await row.click()
    await says(desk.page.locator(".bubble")).to_have_text("number 48")
    await desk.button("Back to the list").click()
    await says(row).to_be_in_viewport()
    assert await desk.page.evaluate(TOP) == scrolled


async def test_days_are_separated_and_times_are_shown_in_utc_in_the_zone_or_by_how_long_ago(browser: Browser) -> None:
    async with serving() as bench:
        for number in range(3):
            await bench.post(text=f"day {number}")
            await bench.double.account(ACCOUNT).advance(86_400_000)
        context = await browser.new_context(timezone_id="America/New_York", viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await page.goto(f"{bench.double.url}/#/{ACCOUNT}/messages")
        times = page.locator(".message-when")
        await says(page.locator(".day-mark")).to_have_text(["Thu 2018-01-25", "Wed 2018-01-24"])
        await says(page.locator(".list-day")).to_have_text("Fri 2018-01-26")
        await says(times).to_have_text(["16:00:00"] * 3)
        await page.get_by_role("button", name="Clock: Manual. Change").click()
        await page.get_by_label("Show times").select_option("virtual, in your zone")
        await says(times).to_have_text(["11:00:00"] * 3)
        await says(page.locator("[data-now]")).to_have_text("11:00:00.000")
        await page.get_by_label("Show times").select_option("relative to virtual now")
        await says(times).to_have_text(["1 d ago", "2 d ago", "3 d ago"])
        await context.close()


async def test_what_is_filtered_is_saved_found_again_and_exported(desk: Desk, tmp_path: Path) -> None:
    kitchen = await desk.bench.post(text="one", tag="kitchen")
    await desk.bench.post(text="two", tag="bar")
    await desk.open("messages?tag=kitchen")
    await says(desk.rows()).to_have_count(1)
    await desk.button("Filter: 1 set").click()
    await desk.button("Save").click()
    async with desk.page.expect_download() as coming:
        await desk.button("Export").click()
    file = tmp_path / "exported.json"
    await (await coming.value).save_as(file)
    assert [(message["id"], message["text"]) for message in json.loads(file.read_text())] == [(kitchen, "one")]
    await desk.button("Clear").click()
    await says(desk.rows()).to_have_count(2)
    await desk.page.get_by_role("link", name="tag kitchen").click()
    await says(desk.rows()).to_have_count(1)
    await says(desk.rows()).to_contain_text("one")
