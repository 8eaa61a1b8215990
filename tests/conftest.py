"""Fixtures that tests of several floors share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

from tests.support import Endpoint

pytest_plugins = ["pytester"]
if not any(point.name == "mockbw" for point in entry_points(group="pytest11")):  # installed before the plugin was declared
    pytest_plugins.append("mockbw.pytest_plugin")

settings.register_profile("mockbw", deadline=None, print_blob=True)
settings.load_profile("mockbw")


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A real endpoint that answers 200 unless configured otherwise."""
    async with Endpoint() as running:
        yield running
