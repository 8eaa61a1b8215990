"""The handset: what is written on it, its pictures, and who reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockbw.core.model import Credentials
from tests.server.bench import ACCOUNT, serving
from tests.server.ui.desk import Desk, says
from tests.support import RECIPIENT, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

if TYPE_CHECKING:
    from playwright.async_api import Browser

OTHER = "+19195550777"


async def test_what_the_handset_answers_reaches_the_endpoint_of_the_application(desk: Desk) -> None:
    await desk.bench.post(text="Reply YES to confirm")
    await desk.open("handset")
    await says(desk.page.locator(".said-text")).to_have_text(["Reply YES to confirm"])
    await desk.write(desk.page.get_by_label("Text message"), "YES 👍")
    await desk.page.keyboard.press("Enter")
    await says(desk.page.locator(".said.mine .said-text")).to_have_text("YES 👍")
    await desk.button("Until idle").click()
    await says(desk.page.locator(".said.mine")).to_contain_text("application answered")
    received = next(event for event in desk.endpoint.events if event["type"] == "message-received")
    assert (received["message"]["text"], received["message"]["from"]) == ("YES 👍", RECIPIENT)


async def test_a_picture_from_the_handset_arrives_and_shows(desk: Desk, tmp_path: Path) -> None:
    await desk.bench.post()
    picture = tmp_path / "cat.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>')
    await desk.open("handset")
    await says(desk.page.locator(".said-text")).to_have_count(1)
    await desk.page.locator("input[type=file]").set_input_files(picture)
    await desk.button("Send").click()
    image = desk.page.locator(".said.mine img")
    await says(image).to_be_visible()
    assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


async def test_a_picture_needs_neither_the_applications_password_nor_a_later_edition(browser: Browser, tmp_path: Path) -> None:
    picture = tmp_path / "cat.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>')
    async with serving(edition="2018-01", control_token="a-control-token") as bench:
        await bench.post()
        account = bench.double.account(ACCOUNT)
        account.configure(replace(account.settings, api_credentials=(Credentials("user", "password"),)))
        page = await browser.new_page()
        await page.goto(f"{bench.double.url}/#/{ACCOUNT}/handset")
        await page.get_by_role("textbox", name="Control token").press_sequentially("a-control-token")
        await page.keyboard.press("Enter")
        await says(page.locator(".said-text")).to_have_count(1)
        await page.locator("input[type=file]").set_input_files(picture)
        await page.get_by_role("button", name="Send", exact=True).click()
        image = page.locator(".said.mine img")
        await says(image).to_be_visible()
        assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert [request.path for request in account.records.requests if "media" in request.path] == []
        await page.close()


async def test_what_a_member_of_a_group_answers_to_all_shows_on_the_handsets_of_the_others(desk: Desk) -> None:
    await desk.bench.post([RECIPIENT, OTHER], "The kitchen closes at ten")
    await desk.open(f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}")
    await says(desk.page.locator(".said-text")).to_have_text("The kitchen closes at ten")
    await desk.page.get_by_label("Answer the whole group (1 other)").press("Space")
    await desk.page.get_by_label("Text message").press_sequentially("Until then!")
    await desk.page.keyboard.press("Enter")
    await says(desk.page.locator(".said.mine .said-text")).to_have_text("Until then!")
    await desk.page.get_by_role("link", name=OTHER).click()
    theirs = desk.page.locator(".said.theirs")
    await says(theirs).to_have_count(2)
    await says(theirs.last).to_contain_text(f"{RECIPIENT} to the group")
    await says(theirs.last.locator(".said-text")).to_have_text("Until then!")
    await says(desk.page.locator(".said.mine")).to_have_count(0)


async def test_stop_says_what_the_network_does_on_a_toll_free_number_and_that_it_does_nothing_on_another(desk: Desk) -> None:
    await desk.bench.post()
    await desk.bench.post(**{"from": "+18885550199"})
    await desk.open(f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}")
    await desk.button("STOP").click()
    await says(desk.page.locator(".said.mine")).to_contain_text("leaves opt-out on long codes to the application")
    await says(desk.page.locator(".said.network")).to_have_count(0)
    await desk.open(f"handset?own=%2B18885550199&handset=%2B{RECIPIENT[1:]}")
    await desk.button("STOP").click()
    await says(desk.page.locator(".said.network")).to_contain_text("blocks all texts sent from this number")
    await says(desk.page.locator(".said.network")).to_contain_text("the network answered")
    await says(desk.page.locator(".said.mine")).not_to_contain_text("leaves opt-out")
    # Found again among many conversations by a part of a number.
    await desk.page.get_by_label("Search numbers").press_sequentially("8885")
    await says(desk.page.locator(".talk")).to_have_count(1)
    await says(desk.page.locator(".talk")).to_contain_text("with +18885550199")
