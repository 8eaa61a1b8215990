"""Fixtures that tests of several floors share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.support import Endpoint

settings.register_profile("mockbw", deadline=None, print_blob=True)
settings.load_profile("mockbw")


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A real endpoint that answers 200 until it is told otherwise."""
    async with Endpoint() as running:
        yield running
