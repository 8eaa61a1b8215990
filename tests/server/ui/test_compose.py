"""Sending a message from the page, as an application would."""

from __future__ import annotations

import random
import re

import pytest

from mockbw.core.segments import GSM_BASIC, GSM_EXTENSION, count_segments, is_gsm
from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says
from tests.support import SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

SENT = re.compile(rf"#/{ACCOUNT}/messages/(?!new)(\w+)$")


async def test_a_message_is_written_and_sent_with_the_keyboard_alone(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open()
    await desk.page.keyboard.press("c")
    await says(desk.page.get_by_label("To; several numbers make it a group")).to_be_focused()
    await desk.page.keyboard.type("+19195550123")
    await desk.page.get_by_label("Text").focus()
    await desk.page.keyboard.type("Bring the 🐕")
    await says(desk.page.locator("#segments")).to_have_text("UCS-2: 12 of 70, 1 segment, because of 🐕")
    await desk.page.locator("summary", has_text="Application").press("Enter")
    await desk.page.locator("[name=tag]").press_sequentially("order-17")
    await desk.page.get_by_label("Text").press("Control+Enter")
    await desk.page.wait_for_url(SENT)
    await says(desk.page.locator(".bubble")).to_have_text("Bring the 🐕")
    sent = await desk.bench.get(f"accounts/{ACCOUNT}/messages/{desk.page.url.rpartition('/')[2]}")
    assert (sent["from"], sent["to"], sent["tag"]) == (SENDER, ["+19195550123"], "order-17")
    assert sent["application"] == (await desk.bench.get(f"accounts/{ACCOUNT}/messages"))["messages"][1]["application"]


async def test_magic_numbers_are_on_a_menu_with_what_they_do(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open("messages/new")
    menu = desk.page.get_by_label("Numbers that play a scenario")
    await menu.select_option(label="+19995550003: delivered only 23 hours later.")
    await says(desk.page.get_by_label("To; several numbers make it a group")).to_have_value("+19995550003")
    await menu.select_option("+19995554770")
    await desk.page.get_by_label("Text").press_sequentially("spam")
    await desk.button("Send").click()
    await says(desk.page.locator(".why")).to_contain_text("magic-error-code")


async def test_a_refusal_shows_at_its_fields_and_nothing_is_lost(desk: Desk) -> None:
    await desk.open("messages/new")
    await desk.page.get_by_label("To; several numbers make it a group").press_sequentially("12")
    await desk.button("Send").click()
    await says(desk.page.get_by_role("alert")).to_have_text("Refused with 400: Your request could not be accepted")
    await says(desk.page.locator(".problem", has_text="'text' is required")).to_be_visible()
    await desk.page.get_by_role("link", name="Requests").click()
    await desk.page.go_back()
    await says(desk.page.get_by_label("To; several numbers make it a group")).to_have_value("12")


async def test_a_message_is_sent_again_from_the_one_that_it_is_like(desk: Desk) -> None:
    posted = await desk.bench.post(["+19195550101", "+19195550102"], "The kitchen closes at ten", tag="kitchen")
    await desk.open(f"messages/{posted}")
    await desk.page.get_by_role("link", name="Send again").click()
    await says(desk.page.get_by_label("Text")).to_have_value("The kitchen closes at ten")
    await says(desk.page.locator("#segments")).to_have_text("MMS: sent whole, not in segments")
    await desk.button("Send").click()
    await desk.page.wait_for_url(SENT)
    await says(desk.rows()).to_have_count(2)
    first, second = (await desk.bench.get(f"accounts/{ACCOUNT}/messages"))["messages"]
    same = ("from", "to", "text", "tag", "application", "kind")
    assert [first[name] for name in same] == [second[name] for name in same]


async def test_segments_are_counted_as_the_platform_counts_them(desk: Desk) -> None:
    draw = random.Random(1)
    alphabets = ("".join(sorted(GSM_BASIC)), "".join(sorted(GSM_BASIC | GSM_EXTENSION)), "aé🐕”ل")
    texts = ["", *("".join(draw.choices(alphabet, k=draw.randint(1, 400))) for alphabet in alphabets for _ in range(60))]
    await desk.open()
    script = "async (texts) => { const { segmentsOf } = await import('/ui/js/segments.js'); return texts.map(segmentsOf); }"
    counted = await desk.page.evaluate(script, texts)
    assert [one["segments"] for one in counted] == [count_segments(text) for text in texts]
    assert [one["alphabet"] == "GSM-7" for one in counted] == [is_gsm(text) for text in texts]
