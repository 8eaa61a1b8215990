"""A test's frozen time (freezegun) and its account's clock agree."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from mockbw.errors import ClockError
from mockbw.testing import MockAccount, ServerThread
from tests.testing.support import RECIPIENT, Wsgi, post


def seconds(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 date-time; reads no clock."""
    return datetime.fromisoformat(text).timestamp()


class Watching(Wsgi):
    """Keeps the time that the application sees whenever it is called."""

    def __init__(self, answers=()):
        super().__init__(answers)
        self.seen: list[str] = []

    def __call__(self, environ, start_response):
        self.seen.append(datetime.now(UTC).strftime("%d %H:%M:%S"))
        return super().__call__(environ, start_response)


@pytest.fixture
def app(mockbw):
    app = Watching()
    mockbw.application, mockbw.callback_url = app, "/callbacks"
    return app


@freeze_time("2024-03-01T12:00:00Z")
def test_the_account_begins_at_the_frozen_time_although_its_fixture_came_first(mockbw, app):
    assert mockbw.now == datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert post(mockbw)["time"] == "2024-03-01T12:00:00Z"


@freeze_time("2024-03-01T12:00:00Z")
def test_a_post_that_comes_before_anything_is_asked_begins_at_the_frozen_time_too(mockbw, app):
    assert post(mockbw)["time"] == "2024-03-01T12:00:00Z"


def test_advancing_ticks_the_freeze_so_that_the_application_sees_the_time_at_which_it_is_called(mockbw, app):
    app.answers = [503, 200, 200]
    with freeze_time("2024-03-01T12:00:00Z"):
        post(mockbw)
        mockbw.advance("6h")
        assert app.seen == ["01 12:00:01", "01 12:00:03", "01 12:00:31"]
        assert (time.time(), mockbw.now.timestamp()) == (seconds("2024-03-01T18:00:00Z"),) * 2


def test_settling_ticks_the_freeze_to_where_the_last_thing_happened(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z"):
        post(mockbw)
        mockbw.settle()
        assert time.time() == seconds("2024-03-01T12:00:03Z")


def test_ticking_the_freeze_and_then_settling_moves_the_account(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z") as freeze:
        post(mockbw)
        freeze.tick(timedelta(hours=1))
        assert app.types == []
        mockbw.settle()
        assert app.types == ["message-sent", "message-delivered"]
        assert (time.time(), mockbw.now.timestamp()) == (seconds("2024-03-01T13:00:00Z"),) * 2


def test_what_was_ticked_counts_before_what_is_advanced(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z") as freeze:
        post(mockbw)
        freeze.move_to("2024-03-01T13:00:00Z")
        mockbw.advance("30m")
        assert (time.time(), mockbw.now.timestamp()) == (seconds("2024-03-01T13:30:00Z"),) * 2


def test_a_freeze_later_on_is_a_step_forward(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z"):
        post(mockbw)
    with freeze_time("2024-03-02T12:00:00Z"):
        mockbw.settle()
        assert mockbw.now == datetime(2024, 3, 2, 12, tzinfo=UTC)
        assert mockbw.assert_delivered().callbacks[0].answers == ["200"]


def test_when_a_nested_freeze_ends_the_account_does_not_go_back_and_keeps_its_distance(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z"):
        post(mockbw)
        with freeze_time("2024-03-01T14:00:00Z"):
            mockbw.advance("1h")
            assert (time.time(), mockbw.now.timestamp()) == (seconds("2024-03-01T15:00:00Z"),) * 2
        mockbw.advance("10m")
        assert time.time() == seconds("2024-03-01T12:10:00Z")
        assert mockbw.now == datetime(2024, 3, 1, 15, 10, tzinfo=UTC)


def test_a_freeze_that_is_moved_back_leaves_the_account_where_it_is(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z") as freeze:
        post(mockbw)
        freeze.move_to("2024-02-01T12:00:00Z")
        mockbw.advance("1h")
        assert mockbw.now == datetime(2024, 3, 1, 13, tzinfo=UTC)
        assert time.time() == seconds("2024-02-01T13:00:00Z")


def test_a_freeze_that_goes_on_by_itself_keeps_doing_so_while_the_account_moves(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z", tick=True):
        post(mockbw)
        mockbw.advance("6h")
        late = time.time() - seconds("2024-03-01T18:00:00Z")
        assert 0 <= late < 60
        assert 0 <= mockbw.now.timestamp() - seconds("2024-03-01T18:00:00Z") <= late


def test_reading_the_time_for_the_account_costs_no_automatic_tick(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z", auto_tick_seconds=15) as freeze:
        assert mockbw.now == datetime(2024, 3, 1, 12, tzinfo=UTC)
        mockbw.advance("1h")
        assert freeze.time_to_freeze.replace(tzinfo=UTC) == datetime(2024, 3, 1, 13, tzinfo=UTC)
        assert mockbw.now == datetime(2024, 3, 1, 13, tzinfo=UTC)


def test_what_was_ticked_automatically_is_caught_up_with(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z", auto_tick_seconds=15) as freeze:
        post(mockbw)
        for _ in range(4):
            time.time()
        mockbw.advance("1h")
        mockbw.settle()  # the application has read the time while it was called
        assert mockbw.now == freeze.time_to_freeze.replace(tzinfo=UTC)


@freeze_time("2024-03-01T12:00:00Z", tz_offset=-5)
def test_the_time_zone_of_the_freeze_changes_nothing(mockbw, app):
    post(mockbw)
    mockbw.advance("1h")
    assert (time.time(), mockbw.now.timestamp()) == (seconds("2024-03-01T13:00:00Z"),) * 2


@pytest.mark.mockbw(clock="auto")
def test_an_auto_clock_ticks_the_freeze_as_it_jumps(mockbw, app):
    with freeze_time("2024-03-01T12:00:00Z"):
        post(mockbw)
        mockbw.settle()
        assert app.seen == ["01 12:00:01", "01 12:00:03"]


@freeze_time("2024-03-01T12:00:00Z")
def test_an_endpoint_that_never_answers_times_out_in_frozen_time(mockbw):
    """The time-out is wall time: it comes although the frozen clock stands, and takes its length in virtual time."""

    async def silent(scope, receive, send):
        await asyncio.Event().wait()

    mockbw.application, mockbw.callback_url = silent, "/callbacks"
    mockbw.allow_expired_callbacks()
    mockbw.play("retry: {delays: [1h], window: 30m, timeout: 50ms}\ntimeline: [{callback: message-sent, after: 1s}]")
    post(mockbw)
    mockbw.settle()
    assert mockbw.assert_sent(to=RECIPIENT).callbacks[0].answers == ["timeout"]
    assert time.time() == seconds("2024-03-01T12:00:01.05Z")


@freeze_time("2024-03-01T12:00:00Z")
async def test_an_async_test_in_frozen_time(async_mockbw):
    app = Watching()
    async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
    post(async_mockbw)
    await async_mockbw.advance("24h")
    assert app.seen == ["01 12:00:01", "01 12:00:03"]
    assert (time.time(), async_mockbw.now.timestamp()) == (seconds("2024-03-02T12:00:00Z"),) * 2


@pytest.mark.parametrize("frozen", ["9999-12-31T23:59:50Z", "1960-01-01"])
def test_time_frozen_outside_the_range_of_clocks_is_refused_when_the_account_begins(frozen):
    with freeze_time(frozen), ServerThread() as server, pytest.raises(ClockError, match="the years 1970 to 3000"):
        MockAccount(server)
