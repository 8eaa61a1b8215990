"""Scenarios on the page: written, checked at their lines, switched; and the outage."""

from __future__ import annotations

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_scenario_that_is_broken_shows_the_problem_at_its_line_and_plays_once_it_is_mended(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("scenarios/new")
    field = desk.page.get_by_label("The scenario in YAML")
    await desk.write(field, "name: refusal\nmatch: {to: '+1*'}\ntimelin:\n  - outcome: failed\n    error: 4770\n")
    await says(desk.page.locator(".editor-problems")).to_contain_text("Line 3")
    await says(desk.page.locator(".editor-problems")).to_contain_text("timeline")
    await says(desk.page.locator(".editor-gutter .wrong")).to_have_text("3")
    await says(desk.button("Save")).to_be_disabled()
    await desk.button("Line 3:1").click()
    await desk.page.keyboard.press("End")
    await desk.page.keyboard.press("ArrowLeft")
    await desk.page.keyboard.type("e")
    await says(field).to_have_value("name: refusal\nmatch: {to: '+1*'}\ntimeline:\n  - outcome: failed\n    error: 4770\n")
    await desk.button("Save").click()
    await says(desk.page.get_by_role("switch", name="refusal is on")).to_be_checked()
    posted = await desk.bench.post()
    assert (await desk.bench.get(f"accounts/{ACCOUNT}/messages/{posted}"))["scenario"] == "refusal"
    await desk.page.get_by_role("switch", name="refusal is on").click()
    await says(desk.page.get_by_role("switch", name="refusal is on")).not_to_be_checked()


async def test_the_outage_switch_lets_the_platform_fail_and_recover(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("scenarios")
    outage = desk.page.get_by_role("switch", name="Outage of the platform")
    await outage.click()
    await says(outage).to_be_checked()
    async with desk.bench.session.post(f"{desk.bench.double.base_url}/users/{ACCOUNT}/messages", json={}) as response:
        assert response.status == 503
    await outage.click()
    await says(outage).not_to_be_checked()
    await desk.bench.post()
