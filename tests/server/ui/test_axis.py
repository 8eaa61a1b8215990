"""The axis of a message's life."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.server.ui.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
RETRIES = [30 * SECOND, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE, 32 * MINUTE, *[HOUR] * 22]


async def placed(desk: Desk, moments: list[int], width: int) -> list[float]:
    """Return where the moments stand on an axis of that width."""
    await desk.open()
    script = "async ([m, w]) => { const { axis } = await import('/ui/js/axis.js'); const a = axis(m, w); return m.map(a.place); }"
    places: list[float] = await desk.page.evaluate(script, [moments, width])
    return places


async def test_the_first_seconds_and_the_last_of_thirty_attempts_are_both_told_apart(desk: Desk) -> None:
    moments = [0, SECOND, 3 * SECOND]
    for delay in RETRIES:
        moments.append(moments[-1] + delay)
    places = await placed(desk, moments, 900)
    gaps = [after - before for before, after in pairwise(places)]
    assert (places[0], places[-1]) == (0, 900)
    assert min(gaps) > 12


async def test_moments_that_no_eye_tells_apart_take_no_room_from_the_others(desk: Desk) -> None:
    twins = [0, SECOND, 30 * SECOND, 30 * SECOND + 40, HOUR, HOUR + 60]
    places = await placed(desk, twins, 900)
    assert places[3] - places[2] < 1
    assert places[5] - places[4] < 1
    assert places == sorted(places)
