"""The form of an account is made from what the control API says of its settings."""

from __future__ import annotations

import pytest

from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_form_has_a_field_for_every_setting_that_fits_in_one(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("account")
    listed = (await desk.bench.get("settings"))["settings"]
    offered = [setting["name"] for setting in listed if setting["control"] != "none"]
    await desk.page.locator("[name=callback_url]").wait_for()
    assert await desk.page.locator(".settings [name]").evaluate_all("fields => fields.map(({ name }) => name)") == offered
    assert {"list_limit", "mms_receipts", "keep_for"} < set(offered)
    assert "credentials" not in offered
    note = desk.page.locator("#note-list_limit")
    await says(note).to_contain_text("A whole number from 1 to 1000000.")
    await says(desk.page.get_by_label("List limit")).to_have_attribute("placeholder", "no limit")


async def test_what_the_server_refuses_comes_to_its_field_in_the_words_of_every_interface(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("account")
    limit = desk.page.get_by_label("List limit")
    await desk.write(limit, "5000000")
    await desk.button("Save").click()
    await says(desk.page.locator(".setting", has=limit)).to_contain_text(
        "'list_limit' must be a whole number from 1 to 1000000, not '5000000'"
    )
    await desk.write(limit, "5")
    await desk.write(desk.page.get_by_label("Retry after"), "10s, 1m")
    await desk.page.get_by_label("MMS receipts").select_option("true")
    await desk.page.get_by_label("Fetch media").check()
    await desk.button("Save").click()
    await says(desk.button("Discard changes")).to_have_count(0)
    settings = await desk.bench.get(f"accounts/{ACCOUNT}/settings")
    assert (settings["list_limit"], settings["mms_receipts"], settings["fetch_media"]) == (5, True, True)
    assert settings["retry"]["delays"] == ["10s", "1m"]
    await desk.write(limit, "")
    await desk.page.get_by_label("MMS receipts").select_option("depends on the edition")
    await desk.button("Save").click()
    await says(desk.button("Discard changes")).to_have_count(0)
    settings = await desk.bench.get(f"accounts/{ACCOUNT}/settings")
    assert (settings["list_limit"], settings["mms_receipts"], settings["retry"]["delays"]) == (None, None, ["10s", "1m"])
