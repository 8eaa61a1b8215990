"""The clock in hand: stepped, moved, paused, and stopped on a long way."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from mockbw.core.clock import ClockMode
from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_attempts_are_drawn_as_the_clock_is_stepped(desk: Desk) -> None:
    desk.endpoint.answers = [503, 500]
    await desk.bench.post()
    await desk.open()
    await desk.rows().click()
    await says(desk.marks("step")).not_to_have_count(0)
    await says(desk.marks("failed")).to_have_count(0)
    await desk.step_to("16:00:01.000")
    await says(desk.marks("withheld")).to_have_count(1)
    await desk.step_to("16:00:03.000")
    await says(desk.marks("failed")).to_have_count(1)
    await says(desk.marks("due")).to_have_count(29)
    await desk.step_to("16:00:33.000")
    await says(desk.marks("failed")).to_have_count(2)
    await desk.step_to("16:01:33.000")
    await says(desk.marks("answered")).to_have_count(1)
    await says(desk.marks("due")).to_have_count(0)
    await says(desk.page.locator(".attempt-answer")).to_have_text(["503", "500", "200"])
    await desk.page.locator(".attempt").first.click()
    await says(desk.page.locator(".answer").first).to_contain_text("Virtual 2018-01-24 16:00:0")


async def test_an_hour_and_the_end_of_everything_are_one_button_away(desk: Desk) -> None:
    desk.endpoint.always = 500
    await desk.bench.post()
    await desk.open()
    await desk.button("+1 h").click()
    await says(desk.page.locator("[data-now]")).to_have_text("17:00:00.000")
    await says(desk.page.locator(".clock-next")).to_contain_text("Next in")
    await desk.button("Until idle").click()
    await says(desk.page.locator(".clock-next")).to_have_text("Idle: nothing is scheduled")
    await says(desk.rows()).to_contain_text("1 gave up")
    await says(desk.page).to_have_title("(1) 15:03:33 · Messages · mockbw")


async def test_the_mode_of_the_clock_is_changed_in_its_panel(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open()
    await desk.button("Clock: Manual. Change").click()
    await desk.page.get_by_role("radio", name="Auto").click()
    await says(desk.button("Clock: Auto. Change")).to_be_attached()
    await says(desk.page.get_by_role("radio", name="Auto")).to_be_checked()
    await says(desk.rows()).to_contain_text("delivered")
    assert (await desk.bench.get(f"accounts/{ACCOUNT}/clock"))["mode"] == "auto"


async def test_a_clock_that_flows_is_paused_before_it_can_be_moved_and_resumes_as_it_was(desk: Desk) -> None:
    await desk.bench.post()
    account = desk.bench.double.account(ACCOUNT)
    account.set_clock(ClockMode.REAL)
    await desk.open()
    await says(desk.page.get_by_role("region", name="Clock").get_by_role("button")).to_have_text(["Real", "Pause"])
    await desk.button("Pause").click()
    await says(desk.button("+1 h")).to_be_enabled()
    assert account.clock.mode is ClockMode.MANUAL
    await desk.button("Resume").click()
    await says(desk.button("Pause")).to_be_visible()
    assert account.clock.mode is ClockMode.REAL


async def test_a_long_way_shows_where_it_is_and_can_be_stopped(desk: Desk) -> None:
    answer = asyncio.Event()

    async def late(request: web.Request, events: list[dict[str, object]]) -> web.StreamResponse:
        await answer.wait()
        return web.Response(status=503)

    desk.endpoint.react = late
    await desk.bench.post()
    await desk.open()
    await desk.button("Until idle").click()
    await desk.button("Stop").click()
    await says(desk.page.locator(".clock-next")).to_have_text("Advancing until idle …")
    answer.set()
    await says(desk.page.get_by_role("status").filter(has_text="Stopped; ")).to_contain_text("attempts")
    await says(desk.page.locator(".clock-next")).to_contain_text("Next in 1 h")
    await says(desk.button("Stop")).to_have_count(0)


async def test_the_button_that_moves_the_clock_keeps_the_focus(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open()
    step = desk.button("Next step")
    await step.focus()
    for time in ("16:00:01.000", "16:00:03.000"):
        await desk.page.keyboard.press("Enter")
        await says(desk.page.locator("[data-now]")).to_have_text(time)
        await says(step).to_be_focused()
    await says(step).to_have_attribute("title", "Nothing is scheduled")
