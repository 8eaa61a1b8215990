"""Many tests at once: two workers, two hundred accounts, and nothing of them is left."""

from __future__ import annotations

import json

from tests.testing.support import STRICT

CONFTEST = """
    import gc
    import json
    import os
    import socket
    import threading
    from pathlib import Path

    def held():
        gc.collect()
        sockets = [one for one in gc.get_objects() if isinstance(one, socket.socket) and one.fileno() >= 0]
        return {
            "threads": sorted(thread.name for thread in threading.enumerate()),
            "sockets": sorted(str(one.family) for one in sockets),
        }

    def pytest_sessionstart(session):
        session.config.held = held()

    def pytest_sessionfinish(session):
        worker = os.environ.get("PYTEST_XDIST_WORKER")
        if worker:
            left = {"before": session.config.held, "after": held()}
            Path(session.config.rootpath, f"left-{worker}.json").write_text(json.dumps(left))
"""

TESTS = """
    import asyncio
    import os
    from pathlib import Path

    import pytest
    from tests.testing.support import Asgi, Wsgi, post

    SEEN = {}

    def check(mockbw, number, app):
        assert [message.text for message in mockbw.messages] == [f"message {number}"]
        assert app.types == ["message-sent", "message-delivered"]
        assert SEEN.setdefault(mockbw.account_id, number) == number

    @pytest.mark.parametrize("number", range(100))
    def test_sync(mockbw, number):
        Path(f"{os.environ['PYTEST_XDIST_WORKER']}.url").write_text(mockbw.url)
        app = mockbw.application = Wsgi()
        mockbw.callback_url = "/callbacks"
        post(mockbw, text=f"message {number}")
        mockbw.advance("24h")
        check(mockbw, number, app)

    @pytest.mark.parametrize("number", range(100, 200))
    async def test_async(async_mockbw, number):
        app = async_mockbw.application = Asgi()
        async_mockbw.callback_url = "/callbacks"
        post(async_mockbw, text=f"message {number}")
        await async_mockbw.advance("24h")
        check(async_mockbw, number, app)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert [task for task in others if not task.done()] == []
"""


def test_two_hundred_tests_in_two_workers_leave_nothing_behind(pytester):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-q", "-n", "2", *STRICT)
    result.assert_outcomes(passed=200)
    left = [json.loads(worker.read_text()) for worker in pytester.path.glob("left-*.json")]
    assert [worker["after"] for worker in left] == [worker["before"] for worker in left]
    assert len(left) == 2
    assert len({url.read_text() for url in pytester.path.glob("*.url")}) == 2, "each worker has a server of its own"
