"""The page without a pointer: every key arrives where it is typed, and Tab leads through every view and out of it."""

from __future__ import annotations

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says
from tests.support import RECIPIENT, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """() => {
  const named = (node) => node.id || node.getAttribute("aria-label") || node.getAttribute("name") || node.textContent.trim();
  window.visited = [];
  addEventListener("focusin", ({ target }) => window.visited.push(`${target.localName} ${named(target).slice(0, 60)}`));
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true }))
    .map((node) => `${node.localName} ${named(node).slice(0, 60)}`);
}"""
"""Writes down what gets the focus; returns what must get it, in order."""


async def walked(desk: Desk, key: str, steps: int) -> list[str]:
    """Press a key so many times and return what had the focus, in order."""
    await desk.page.evaluate("window.visited = []")
    for _ in range(steps):
        await desk.page.keyboard.press(key)
    visited: list[str] = await desk.page.evaluate("window.visited")
    return visited


@pytest.mark.parametrize(
    "view",
    [
        "messages",
        "messages/MESSAGE",
        f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}",
        "scenarios/new",
        "endpoint",
        "requests",
        "account",
    ],
)
async def test_tab_leads_from_the_skip_link_through_every_control_to_the_last_one_and_back(desk: Desk, view: str) -> None:
    posted = await desk.bench.post()
    await desk.bench.double.account(ACCOUNT).step(2)
    await desk.open(view.replace("MESSAGE", posted))
    await desk.settled()
    controls = await desk.page.evaluate(WATCH)
    assert controls[0] == "a Skip to the content"
    assert len(controls) > 12
    assert await walked(desk, "Tab", len(controls)) == controls
    assert await walked(desk, "Shift+Tab", len(controls) - 1) == controls[-2::-1]


async def test_the_search_box_takes_what_is_typed_and_lets_tab_go_on(desk: Desk) -> None:
    for number in range(3):
        await desk.bench.post(f"+1919555010{number}", f"number {number}")
    await desk.open()
    await says(desk.rows()).to_have_count(3)
    await desk.page.keyboard.press("/")
    await desk.page.keyboard.type("number 2")
    await says(desk.page.get_by_label("Search messages")).to_have_value("number 2")
    await says(desk.rows()).to_have_count(1)
    await says(desk.rows()).to_contain_text("number 2")
    await desk.page.keyboard.press("Tab")
    await says(desk.button("Filter")).to_be_focused()
    await desk.page.keyboard.press("Shift+Tab")
    await desk.page.keyboard.press("Escape")
    await says(desk.page.get_by_label("Search messages")).not_to_be_focused()


async def test_the_editor_keeps_the_indentation_shifts_lines_and_can_be_undone(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("scenarios/new")
    field = desk.page.get_by_label("The scenario in YAML")
    await field.click()
    press, type_ = desk.page.keyboard.press, desk.page.keyboard.type
    await press("Control+a")
    await type_("match:")
    await press("Enter")
    await press("Control+]")
    await type_("to: '+1*'")
    await press("Enter")
    await type_("kind: sms")
    await says(field).to_have_value("match:\n  to: '+1*'\n  kind: sms")
    await press("Control+[")
    await says(field).to_have_value("match:\n  to: '+1*'\nkind: sms")
    await press("Control+z")
    await says(field).to_have_value("match:\n  to: '+1*'\n  kind: sms")


async def test_keys_lead_through_the_list(desk: Desk) -> None:
    for number in range(3):
        await desk.bench.post(text=f"number {number}")
    await desk.open()
    await says(desk.rows()).to_have_count(3)
    await desk.page.keyboard.press("j")
    await says(desk.page.locator(".bubble")).to_have_text("number 2")
    await desk.page.keyboard.press("j")
    await says(desk.page.locator(".bubble")).to_have_text("number 1")
    await desk.page.keyboard.press("k")
    await says(desk.page.locator(".bubble")).to_have_text("number 2")
    await desk.page.keyboard.press("Escape")
    await says(desk.page.locator(".bubble")).to_have_count(0)
    await desk.page.keyboard.press("2")
    await says(desk.page.get_by_role("link", name="Handset")).to_have_attribute("aria-current", "page")
