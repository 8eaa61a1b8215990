"""The page in a browser, as a developer and a tester use it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bandwidth
import pytest

from mockbw.core.model import Credentials, RecipientStatus
from tests.server.bench import ACCOUNT, serving
from tests.server.ui.desk import Desk, says
from tests.support import APPLICATION, RECIPIENT, SENDER, draft

pytestmark = pytest.mark.asyncio(loop_scope="session")

if TYPE_CHECKING:
    from playwright.async_api import Browser


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
    await says(desk.page.locator(".clock-next")).to_have_text("Idle: nothing is to come")
    await says(desk.rows()).to_contain_text("1 gave up")
    assert await desk.page.title() == "15:03:33 · Messages · mockbw"


async def test_the_mode_of_the_clock_is_changed_in_its_panel(desk: Desk) -> None:
    await desk.bench.post()
    await desk.open()
    await desk.button("Clock: Manual. Change").click()
    await desk.page.get_by_role("radio", name="Auto").click()
    await says(desk.button("Clock: Auto. Change")).to_be_attached()
    await says(desk.page.get_by_role("radio", name="Auto")).to_be_checked()
    await says(desk.rows()).to_contain_text("delivered")
    assert (await desk.bench.get(f"accounts/{ACCOUNT}/clock"))["mode"] == "auto"


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
    await says(desk.page.get_by_role("switch", name="refusal is in play")).to_be_checked()
    posted = await desk.bench.post()
    assert (await desk.bench.get(f"accounts/{ACCOUNT}/messages/{posted}"))["scenario"] == "refusal"
    await desk.page.get_by_role("switch", name="refusal is in play").click()
    await says(desk.page.get_by_role("switch", name="refusal is in play")).not_to_be_checked()


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
    await says(desk.page.locator(".list-count")).to_have_text("None of 3 messages fits")


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
        await says(desk.page.locator(".list-count")).to_have_text(re.compile("^(1 of 2|None of 2) messages( fits)?$"))


async def test_a_break_of_the_line_is_told_and_what_happened_meanwhile_shows_afterwards(desk: Desk) -> None:
    await desk.bench.post(text="before")
    await desk.open()
    await says(desk.rows()).to_have_count(1)
    await desk.page.route("**/events*", lambda route: route.abort())
    desk.cut()
    await says(desk.page.locator("[data-line=off]")).to_be_visible()
    await desk.bench.post(text="meanwhile")
    await desk.page.unroute("**/events*")
    await says(desk.page.locator("[data-line=on]")).to_be_visible()
    await says(desk.rows()).to_have_count(2)
    await says(desk.rows().first).to_contain_text("meanwhile")


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
        await says(page.get_by_role("alert")).to_have_text("That one is not right.")
        await page.get_by_role("textbox", name="Control token").press_sequentially("a-control-token")
        await page.keyboard.press("Enter")
        await says(page.locator(".message-row")).to_have_count(1)
        await page.reload()
        await says(page.locator(".message-row")).to_have_count(1)
        await page.close()


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


async def test_of_many_messages_only_those_in_sight_are_drawn_and_only_pages_are_fetched(desk: Desk) -> None:
    account = desk.bench.double.account(ACCOUNT)
    for number in range(3_000):
        account.submit(draft(text=f"number {number}"))
    fetched: list[str] = []
    desk.page.on("request", lambda request: fetched.append(request.url) if "/messages?" in request.url else None)
    await desk.open()
    await says(desk.page.locator(".list-count")).to_have_text("3,000 messages")
    await says(desk.rows().first).to_contain_text("number 2999")
    assert await desk.rows().count() < 60
    oldest = desk.page.locator(".message-text", has_text=re.compile("^number 0$"))
    while await oldest.count() == 0:
        await desk.page.locator(".list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    assert await desk.page.locator(".list-row").count() < 60
    assert all("limit=200" in url for url in fetched)
