"""Makes the README's pictures of the page: ``python docs/screenshots.py`` writes them to ``docs/images``. Needs chromium."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import aiohttp
from aiohttp import web
from playwright.async_api import async_playwright

from mockbw.cli.sample_endpoint import SampleEndpoint, in_order
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.server.mock_bandwidth import MockBandwidth

FOLDER = Path(__file__).parent / "images"
ACCOUNT = "9900000"
OWN = "+19195550199"
START = 1_784_900_000_000

ANSWERED = 7
"""How many callbacks the application's endpoint takes before it goes down."""


async def play(double: MockBandwidth, client: aiohttp.ClientSession) -> str:
    """Let a restaurant and its guests write to each other; return the id of the message that shows most."""
    account = double.account(ACCOUNT)

    async def say(to: str | list[str], text: str, steps: int) -> str:
        body = {"from": OWN, "to": to, "text": text, "applicationId": "restaurant"}
        async with client.post(f"{double.base_url}/users/{ACCOUNT}/messages", json=body) as response:
            message = str((await response.json())["id"])
        if steps:
            await account.step(steps)
        return message

    async def answer(handset: str, text: str) -> None:
        async with client.post(
            f"{double.url}/_mockbw/accounts/{ACCOUNT}/inbound", json={"from": handset, "to": OWN, "text": text}
        ) as response:
            response.raise_for_status()
        await account.step(1)

    await say("+19195550100", "Your table for four is ready. See you at seven!", 2)
    await answer("+19195550100", "Thanks! Can we bring a dog? 🐕")
    await say("+19195550100", "Dogs are very welcome. There is water by the door.", 2)
    await say("+19995554770", "LAST CHANCE: 50 % off everything", 2)
    await say(["+19195550102", "+19195550103"], "The kitchen closes at ten tonight.", 3)
    shown = await say("+19195550104", "Reminder: your table is booked for tomorrow, 19:00. Reply YES to confirm.", 8)
    await say("+19195550105", "مرحبا بكم، طاولتكم جاهزة الآن", 0)
    return shown


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    runner = web.AppRunner(
        SampleEndpoint(in_order([200] * ANSWERED, then=503)).application(), access_log=None, shutdown_timeout=0.1
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callbacks = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks"
    settings = Settings(port=0, edition="2026", clock=ClockMode.MANUAL, start=START, seed="1", callback_url=callbacks, grace=0.1)
    async with MockBandwidth(settings) as double, aiohttp.ClientSession() as client, async_playwright() as playwright:
        shown = await play(double, client)
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        handset = f"handset?own=%2B{OWN[1:]}&handset=%2B19195550100"
        for name, view, theme in (("message", f"messages/{shown}", "light"), ("handset", handset, "dark")):
            page = await browser.new_page(viewport={"width": 1280, "height": 760})
            await page.add_init_script(f"localStorage.setItem('mockbw.theme', '{theme}')")
            await page.goto(f"{double.url}/#/{ACCOUNT}/{view}")
            await page.locator("[data-line=on]").wait_for()
            await page.locator(".bubble, .said-text").first.wait_for()
            await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
        await browser.close()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
