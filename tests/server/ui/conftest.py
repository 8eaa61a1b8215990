"""A browser for the page's tests: Debian's chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.server.bench import serving
from tests.server.ui.desk import Desk
from tests.support import Endpoint

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once for all tests."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed: pip install -e '.[test]'")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if "CI" in os.environ:
            pytest.fail("CI has no chromium: see .ci/run")
        pytest.skip("no chromium here: apt-get install chromium")
    async with playwright.async_playwright() as running:
        # Its own sandbox wants rights that containers and root do not have; it opens nothing but our own page.
        launched = await running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    """A server on a manual clock, its application's endpoint, and a browser with nothing open."""
    async with Endpoint() as endpoint, serving(endpoint.url, edition="2026") as bench:
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        desk = Desk(bench, endpoint, await context.new_page())
        yield desk
        await context.close()
    assert desk.troubles == []
