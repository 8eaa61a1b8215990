"""The list of messages, its filters, and one message."""

from __future__ import annotations

import asyncio
import re

import bandwidth
import pytest

from mockbw.core.model import RecipientStatus
from tests.server.bench import ACCOUNT
from tests.server.ui.desk import Desk, says
from tests.support import APPLICATION, RECIPIENT, SENDER

pytestmark = pytest.mark.asyncio(loop_scope="session")


def send_by_sdk(base_url: str, text: str) -> str:
    """Send a message through the platform's own client, set up as the page proposes."""
    configuration = bandwidth.Configuration(username="user", password="secret", host=base_url, ignore_operation_servers=True)
    with bandwidth.ApiClient(configuration) as client:
        request = bandwidth.MessageRequest(application_id=APPLICATION, to=[RECIPIENT], var_from=SENDER, text=text)
        return str(bandwidth.MessagesApi(client).create_message(ACCOUNT, request).id)


async def test_a_message_that_the_sdk_sends_appears_without_a_reload_and_opens(desk: Desk) -> None:
    await desk.open()
    await says(desk.page.get_by_role("heading", name="Send the first message")).to_be_visible()
    await says(desk.page.locator(".base-url code")).to_have_text(desk.bench.double.base_url)
    sent = await asyncio.to_thread(send_by_sdk, desk.bench.double.base_url, "Your table is ready")
    await says(desk.rows()).to_have_count(1)
    await says(desk.rows()).to_contain_text("Your table is ready")
    await desk.rows().click()
    await says(desk.page.get_by_role("heading", name=f"To {RECIPIENT}")).to_be_visible()
    assert desk.page.url.endswith(f"#/{ACCOUNT}/messages/{sent}")


async def test_filters_live_in_the_address(desk: Desk) -> None:
    for number in range(3):
        await desk.bench.post(f"+1919555010{number}", f"number {number}")
    await desk.open()
    await says(desk.rows()).to_have_count(3)
    await desk.write(desk.page.get_by_label("Search messages"), "number 2")
    await says(desk.rows()).to_have_count(1)
    assert desk.page.url.endswith("messages?q=number+2")
    await desk.page.reload()
    await says(desk.rows()).to_have_count(1)
    await says(desk.page.get_by_label("Search messages")).to_have_value("number 2")
    await desk.open("messages?to=%2B1919555010*&direction=in")
    await says(desk.page.locator(".list-count")).to_have_text("None of 3 messages match")


async def test_the_states_to_choose_from_are_those_of_the_api_and_each_can_be_chosen(desk: Desk) -> None:
    await desk.bench.post(text="still accepted")
    gone = await desk.bench.post(text="cancelled meanwhile")
    await desk.bench.call("POST", f"accounts/{ACCOUNT}/messages/{gone}/cancel")
    await desk.open()
    await desk.button("Filter").click()
    state = desk.page.get_by_label("State")
    await says(state.locator("option")).to_have_text(["any", *RecipientStatus])
    for status, text in (("cancelled", "cancelled meanwhile"), ("accepted", "still accepted")):
        await state.select_option(status)
        await says(desk.rows()).to_have_count(1)
        await says(desk.rows()).to_contain_text(text)
    for status in RecipientStatus:
        await state.select_option(status)
        await says(desk.page.locator(".list-count")).to_have_text(re.compile("^(1 of 2|None of 2) messages( match)?$"))


HOSTILE = "<img src=x onerror=alert(1)><b>bold</b> مرحبا بالعالم 👩‍👩‍👧‍👦 "


async def test_text_is_shown_as_it_is_whatever_it_holds(desk: Desk) -> None:
    text = (HOSTILE + "x" * 2048)[:2048]
    posted = await desk.bench.post(text=text, tag="<script>alert(2)</script>")
    await desk.open(f"messages/{posted}")
    await says(desk.page.locator(".bubble")).to_have_text(text)
    await says(desk.page.locator(".facts")).to_contain_text("<script>alert(2)</script>")
    assert await desk.page.locator("main img, main script, main b:text-is('bold')").count() == 0
    await desk.open("handset")
    await says(desk.page.locator(".said-text")).to_have_text(text)
    assert await desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_callback_that_is_sent_again_by_hand_says_how_it_went_and_opens_the_attempt(desk: Desk) -> None:
    posted = await desk.bench.post()
    await desk.bench.double.account(ACCOUNT).step(2)
    await desk.open(f"messages/{posted}")
    for answer, outcome in ((503, "Attempt 2 answered 503"), (200, "Attempt 3 answered 200")):
        desk.endpoint.answers = [answer]
        await desk.button("Redeliver").click()
        await says(desk.page.get_by_role("status").filter(has_text=outcome)).to_be_visible()
        opened = desk.page.locator(".attempts > li").last
        await says(opened).to_contain_text(f"{answer}")
        await says(opened).to_contain_text("by hand")
        await says(opened.locator(".answer")).to_be_visible()


async def test_delivered_is_the_messages_word_and_callbacks_are_answered_waiting_or_given_up(desk: Desk) -> None:
    failed = await desk.bench.post("+19995554770")
    await desk.bench.double.account(ACCOUNT).settle()
    desk.endpoint.answers = [503]
    waiting = await desk.bench.post()
    await desk.bench.double.account(ACCOUNT).step(2)
    await desk.open(f"messages/{failed}")
    head = desk.page.locator("[data-status] > .callback-head")
    await says(head).to_have_text(re.compile(r"^message-failed 4770answered 200Redeliver$"))
    await says(desk.page.locator(".message-states")).to_have_text("failed 4770")
    await desk.open(f"messages/{waiting}")
    await says(head).to_have_text(re.compile("^message-deliveredwaitingRedeliverCancel$"))
    await desk.button("Until idle").click()
    await says(desk.page.locator(".message-states")).to_have_text("delivered")
    await says(head).to_have_text(re.compile("^message-deliveredanswered 200Redeliver$"))
    desk.endpoint.always = 500
    never = await desk.bench.post()
    await desk.bench.double.account(ACCOUNT).settle()
    await desk.open(f"messages/{never}")
    await says(head).to_have_text(re.compile("^message-deliveredgave upRedeliver$"))
