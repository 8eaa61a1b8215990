"""What holds in every view: it is accessible, it fits, and it opens with the token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.server.bench import ACCOUNT, serving
from tests.server.ui.desk import Desk, says
from tests.support import RECIPIENT, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

if TYPE_CHECKING:
    from playwright.async_api import Browser


VIEWS = ("messages", "handset", "scenarios", "endpoint", "requests", "account")


@pytest.mark.parametrize(
    ("theme", "views"), [("light", (*VIEWS, "scenarios/carrier-spam")), ("dark", ("handset", "scenarios/new", "account"))]
)
async def test_axe_finds_nothing_serious_in_any_view(desk: Desk, theme: str, views: tuple[str, ...]) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    desk.endpoint.answers = [503]
    posted = await desk.bench.post()
    await desk.bench.double.account(ACCOUNT).step(2)
    await desk.page.add_init_script(f"localStorage.setItem('mockbw.theme', '{theme}')")
    found = []
    for view in (*views, f"messages/{posted}"):
        await desk.open(view)
        await desk.settled()
        results = await axe.run(desk.page)
        found += [
            (view, violation["id"], violation["nodes"][0]["html"][:120])
            for violation in results.response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
    assert found == []


SCROLLERS = ".page, .message-scroll, .list, .scenario-list, .talks, .scenario-desk"
SIDEWAYS = f"""() => [document.documentElement, ...document.querySelectorAll("{SCROLLERS}")]
  .filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.className || node.localName)"""
"""What scrolls sideways, of what must not."""


async def test_no_view_scrolls_sideways_however_narrow_it_is(desk: Desk) -> None:
    posted = await desk.bench.post(text="x" * 300, tag="a-tag-that-is-rather-long")
    await desk.bench.double.account(ACCOUNT).step(2)
    for view in (
        *VIEWS,
        f"messages/{posted}",
        "messages/new",
        "scenarios/carrier-spam",
        f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}",
    ):
        await desk.open(view)
        await desk.settled()
        for width in (240, 320, 390, 1024):
            await desk.page.set_viewport_size({"width": width, "height": 700})
            assert await desk.page.evaluate(SIDEWAYS) == [], (view, width)


async def test_at_1024_pixels_the_drawing_has_room_and_the_line_beside_it_is_moved_by_keys_and_pointer(desk: Desk) -> None:
    posted = await desk.bench.post()
    await desk.page.set_viewport_size({"width": 1024, "height": 700})
    await desk.open(f"messages/{posted}")
    frame, line = desk.page.locator(".life-frame"), desk.page.get_by_role("separator", name="Width of the list")
    await frame.wait_for()
    at_first = (await frame.bounding_box())["width"]
    assert at_first > 540
    await line.focus()
    await desk.page.keyboard.press("ArrowLeft")
    moved = (await frame.bounding_box())["width"]
    assert round(moved - at_first) == 24
    edge = await line.bounding_box()
    await desk.page.mouse.move(edge["x"] + 3, 300)
    await desk.page.mouse.down()
    await desk.page.mouse.move(500, 320)
    await desk.page.mouse.up()
    dragged = (await frame.bounding_box())["width"]
    assert dragged < moved - 100
    await desk.reload()
    await says(line).to_have_attribute("aria-valuenow", str(500 - 68))
    await line.dblclick()
    assert (await frame.bounding_box())["width"] == at_first


async def test_with_the_colours_of_the_system_the_current_view_is_still_marked(desk: Desk) -> None:
    await desk.bench.post()
    await desk.page.emulate_media(forced_colors="active")
    await desk.open()
    views = desk.page.get_by_role("navigation", name="Views").get_by_role("link")
    outlines = await views.evaluate_all("links => links.map((link) => getComputedStyle(link).outlineStyle)")
    assert outlines == ["solid", *["none"] * (len(VIEWS) - 1)]


async def test_what_needs_a_person_is_counted_at_its_view_in_the_title_and_in_the_icon_until_it_was_looked_at(desk: Desk) -> None:
    desk.endpoint.always = 500
    await desk.bench.post()
    await desk.open()
    icon = desk.page.locator("link[rel=icon]")
    await says(icon).to_have_attribute("href", re.compile("ui/icon.svg$"))
    for _ in range(2):
        async with desk.bench.session.post(f"{desk.bench.double.base_url}/users/{ACCOUNT}/messages", json={}) as response:
            assert response.status == 400
    await desk.bench.double.account(ACCOUNT).settle()
    await says(desk.page.get_by_role("link", name="Requests 2 new")).to_be_visible()
    await says(desk.page.get_by_role("link", name="Endpoint 1 new")).to_be_visible()
    await says(desk.page).to_have_title("(3) 15:03:33 · Messages · mockbw")
    await says(icon).to_have_attribute("href", re.compile("ui/icon-alert.svg$"))
    await desk.page.get_by_role("link", name="Requests 2 new").click()
    await says(desk.page).to_have_title("(1) 15:03:33 · Requests · mockbw")
    await desk.page.get_by_role("link", name="Endpoint 1 new").click()
    await says(desk.page).to_have_title("15:03:33 · Endpoint · mockbw")
    await says(icon).to_have_attribute("href", re.compile("ui/icon.svg$"))


async def test_a_server_with_a_token_is_opened_once_for_the_tab(browser: Browser) -> None:
    async with serving(control_token="a-control-token") as bench:
        await bench.post()
        page = await browser.new_page()
        await page.goto(bench.double.url)
        await page.get_by_role("textbox", name="Control token").press_sequentially("wrong")
        await page.keyboard.press("Enter")
        await says(page.get_by_role("alert")).to_have_text("This token is wrong.")
        await page.get_by_role("textbox", name="Control token").press_sequentially("a-control-token")
        await page.keyboard.press("Enter")
        await says(page.locator(".message-row")).to_have_count(1)
        await page.reload()
        await says(page.locator(".message-row")).to_have_count(1)
        await page.close()
