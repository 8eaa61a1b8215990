"""What a person at the page has before them, as the tests use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.bench import ACCOUNT, Bench
from tests.support import Endpoint

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage, Locator, Page


def says(locator: Locator) -> Any:
    """Expect something of an element, with playwright's patience."""
    from playwright.async_api import expect

    return expect(locator)


class Desk:
    """A running server, the endpoint it calls back, and a page of a browser."""

    def __init__(self, bench: Bench, endpoint: Endpoint, page: Page) -> None:
        self.bench, self.endpoint, self.page = bench, endpoint, page
        self.troubles: list[str] = []
        """What the browser complained about: errors of scripts, and what the content security policy forbade."""
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refusal of the server is no mistake of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(message.text)

    async def open(self, view: str = "messages", account: str = ACCOUNT) -> None:
        """Open a view and wait until the news of the server come in."""
        await self.page.goto(f"{self.bench.double.url}/#/{account}/{view}")
        await self.page.locator("[data-line=on]").wait_for()

    async def settled(self) -> None:
        """Wait until what the page asked for is there."""
        from playwright.async_api import expect

        await expect(self.page.locator("main")).not_to_contain_text("Loading …")
        await self.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    async def reload(self) -> None:
        """Load the page anew and wait until the news of the server come in."""
        await self.page.reload()
        await self.page.locator("[data-line=on]").wait_for()

    async def write(self, field: Locator, text: str) -> None:
        """Write a text into a field with the keys of a keyboard, in place of what it holds."""
        await field.click()
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.press("Delete")
        for line, following in zip(lines := text.split("\n"), [*lines[1:], None], strict=True):
            await self.page.keyboard.type(line)
            if following is None:
                break
            await self.page.keyboard.press("Enter")
            # The editor keeps the indentation, which the next line has in its text.
            await self.page.keyboard.press("Shift+Home")
            await self.page.keyboard.press("Delete")

    def rows(self) -> Locator:
        """The messages in the list that are in sight."""
        return self.page.locator(".message-row:not(.hole)")

    def button(self, name: str) -> Locator:
        """A button by what it is called."""
        return self.page.get_by_role("button", name=name, exact=True)

    def marks(self, shape: str) -> Locator:
        """Marks in the drawing of a message's life."""
        return self.page.locator(f"[data-mark={shape}]")

    async def step_to(self, time: str) -> None:
        """Move the clock to its next deadline, which must be at that time of the day."""
        from playwright.async_api import expect

        await self.button("Next step").click()
        await expect(self.page.locator("[data-now]")).to_have_text(time)

    def cut(self) -> None:
        """Cut every connection to the server, as a network that goes away."""
        runner = self.bench.double._runner
        assert runner is not None
        assert runner.server is not None
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
