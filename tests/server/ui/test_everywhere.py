"""What holds in every view: it is accessible, it fits, and it opens with the token."""

from __future__ import annotations

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


async def test_every_view_fits_a_phone(desk: Desk) -> None:
    posted = await desk.bench.post(text="x" * 300)
    await desk.page.set_viewport_size({"width": 390, "height": 844})
    for view in (
        *VIEWS,
        f"messages/{posted}",
        "scenarios/carrier-spam",
        f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}",
    ):
        await desk.open(view)
        await desk.settled()
        assert await desk.page.evaluate("document.documentElement.scrollWidth") == 390, view


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
