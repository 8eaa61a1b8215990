"""Fixtures that tests of several floors share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

from tests.support import Endpoint
from tests.watchdog import Watchdog

pytest_plugins = ["pytester"]
if not any(point.name == "mockbw" for point in entry_points(group="pytest11")):  # installed before the plugin was declared
    pytest_plugins.append("mockbw.pytest_plugin")

settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("fuzz", deadline=None, print_blob=True, max_examples=1_000)
settings.load_profile(os.environ.get("MOCKBW_HYPOTHESIS", "ci"))


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A real endpoint that answers 200 unless configured otherwise."""
    async with Endpoint() as running:
        yield running


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    """Fail the test in which a task of the server holds the loop; see ``Watchdog``."""
    with Watchdog() as watching:
        yield watching
    assert watching.held == []
