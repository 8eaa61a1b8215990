"""What a person has written stays until it is saved or discarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says
from tests.support import RECIPIENT, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

if TYPE_CHECKING:
    from playwright.async_api import Dialog

MINE = "name: mine\nmatch: {to: '+1*'}\ntimeline:\n  - outcome: failed\n    error: 4720\n"


async def test_a_message_is_saved_as_the_scenario_that_was_recorded(desk: Desk) -> None:
    posted = await desk.bench.post(text="Your table is ready")
    await desk.bench.double.account(ACCOUNT).step(2)
    recorded = (await desk.bench.get(f"accounts/{ACCOUNT}/messages/{posted}/scenario"))["yaml"]
    await desk.open(f"messages/{posted}")
    await desk.page.get_by_role("link", name="Save as scenario").click()
    field = desk.page.get_by_label("The scenario in YAML")
    await says(field).to_have_value(recorded)
    await says(desk.page.locator(".badge", has_text="valid")).to_have_text("valid")
    # What loads later must not replace it: the list of scenarios, the accounts, the journal.
    await says(desk.page.get_by_role("link", name="carrier-spam")).to_be_visible()
    await desk.bench.post(text="another one")
    await says(field).to_have_value(recorded)
    await desk.button("Save").click()
    await says(desk.page.get_by_role("switch", name=f"recorded-{posted[-8:]} is on")).to_be_checked()
    saved = (await desk.bench.get(f"accounts/{ACCOUNT}/scenarios"))["scenarios"][0]
    assert saved["text"].splitlines()[0] == f"# Recorded from message {posted}."
    assert "{callback: message-delivered, at: 3s}" in saved["text"]


async def test_a_scenario_that_is_being_written_survives_trying_it_another_one_and_a_reload(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("scenarios/new")
    field = desk.page.get_by_label("The scenario in YAML")
    await desk.write(field, MINE)
    await desk.button("Try it now").click()
    await says(desk.page.locator(".message-states")).to_be_visible()
    await desk.page.go_back()
    await says(field).to_have_value(MINE)
    await desk.page.get_by_role("link", name="carrier-spam").click()
    await says(field).not_to_have_value(MINE)
    original = await field.input_value()
    await field.press("Control+End")
    await field.press_sequentially("# a remark")
    await desk.page.get_by_role("region", name="Not saved").get_by_role("link", name="mine").click()
    await says(field).to_have_value(MINE)
    await desk.reload()
    await says(field).to_have_value(MINE)
    row = desk.page.locator(".scenario-row", has_text="carrier-spam")
    await says(row).to_contain_text("not saved")
    await row.get_by_role("link").click()
    await says(field).to_have_value(f"{original}# a remark")
    await desk.button("Discard changes").click()
    await says(field).to_have_value(original)
    await says(row).not_to_contain_text("not saved")


async def test_closing_the_tab_asks_while_something_is_not_saved(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("scenarios/new")
    asked = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    desk.page.on("dialog", stay)
    await desk.write(desk.page.get_by_label("The scenario in YAML"), MINE)
    await desk.page.close(run_before_unload=True)
    await says(desk.button("Discard changes")).to_be_visible()
    assert asked == ["beforeunload"]
    await desk.button("Discard changes").click()
    await says(desk.button("Discard changes")).to_have_count(0)
    async with desk.page.expect_event("close"):
        await desk.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


async def test_the_settings_that_were_typed_survive_another_view_and_a_change_beside_them(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("account")
    seed, url = desk.page.locator("[name=seed]"), desk.page.locator("[name=callback_url]")
    await desk.write(seed, "42")
    await desk.page.get_by_label("applicationId").click()
    await desk.page.keyboard.type("restaurant")
    await desk.page.get_by_role("link", name="Requests").click()
    await desk.page.get_by_role("heading", name="Requests").wait_for()
    await desk.page.go_back()
    await says(desk.page.get_by_label("applicationId")).to_have_value("restaurant")
    await desk.page.locator("input[name=outbound]").click()
    await desk.page.keyboard.type("http://localhost:5000/callbacks")
    await desk.button("Add or replace").click()
    await says(desk.page.locator(".applications")).to_contain_text("http://localhost:5000/callbacks")
    await says(desk.page.get_by_label("applicationId")).to_have_value("")
    await says(seed).to_have_value("42")
    await says(url).to_have_value(desk.endpoint.url)
    await desk.button("Save").click()
    await says(desk.button("Discard changes")).to_have_count(0)
    assert (await desk.bench.get(f"accounts/{ACCOUNT}/settings"))["seed"] == "42"


async def test_what_was_written_on_a_handset_waits_in_its_conversation(desk: Desk) -> None:
    other = "+19195550777"
    await desk.bench.post()
    await desk.bench.post(other)
    await desk.open(f"handset?own=%2B{SENDER[1:]}&handset=%2B{RECIPIENT[1:]}")
    field = desk.page.get_by_label("Text message")
    await field.click()
    await desk.page.keyboard.type("half a sen")
    await desk.page.get_by_role("link", name=other).click()
    await says(field).to_have_value("")
    await desk.page.get_by_role("link", name=RECIPIENT).click()
    await says(field).to_have_value("half a sen")
    await field.press("End")
    await desk.page.keyboard.type("tence")
    await desk.page.keyboard.press("Enter")
    await says(desk.page.locator(".said.mine .said-text")).to_have_text("half a sentence")
    await says(field).to_have_value("")
