"""As many accounts as ``limits: accounts``: idle ones make room, the others are kept, and what is refused says why."""

from __future__ import annotations

from typing import Any

import pytest

from mockbw.config.settings import ServerLimits
from tests.server.bench import Bench, serving
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

TWO = ServerLimits(accounts=2)
MESSAGE = {"applicationId": APPLICATION, "to": [RECIPIENT], "from": SENDER, "text": "Your table is ready"}


async def post(bench: Bench, account: str, body: Any = MESSAGE) -> tuple[int, Any]:
    async with bench.session.post(f"{bench.double.base_url}/users/{account}/messages", json=body) as response:
        return response.status, await response.json()


def names(bench: Bench) -> list[str]:
    return [account.name for account in bench.double.engine.accounts]


async def metric(bench: Bench, name: str) -> int:
    lines = (await bench.call("GET", "metrics")).text.splitlines()
    return int(next(line.rpartition(" ")[2] for line in lines if line.startswith(name)))


async def test_the_account_that_was_idle_longest_makes_room_and_the_log_and_the_metrics_say_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(limits=TWO) as bench:
        for name in ("one", "two", "one", "three"):
            assert (await post(bench, name, {}))[0] == 400
        assert names(bench) == ["one", "three"]
        assert bench.double.journal.read(0, "two")[-1].entry.__class__.__name__ == "AccountRemoved"
        assert await metric(bench, "mockbw_accounts_evicted_total") == 1
        assert await metric(bench, 'mockbw_bound_used{bound="accounts"}') == 2
        assert await metric(bench, 'mockbw_bound_limit{bound="accounts"}') == 2
        await post(bench, "four", {})
    said = [record.getMessage() for record in caplog.records if "accounts" in record.getMessage()]
    assert said == ["there are 2 accounts, the limit: from now on the one idle longest makes room (limits: accounts)"]


async def test_accounts_with_work_to_do_or_a_setup_of_their_own_are_kept_and_a_new_one_is_refused_in_a_sentence(
    endpoint: Endpoint,
) -> None:
    async with serving(endpoint.url, limits=TWO) as bench:
        assert (await post(bench, "busy"))[0] == 202
        assert (await bench.call("PUT", "accounts/own", json={"callback_url": "http://app.test/"})).status == 200
        assert await post(bench, "late") == (
            503,
            {
                "type": "limit-reached",
                "description": "mockbw: The limit of accounts is reached (2). "
                "Raise accounts in limits:, or DELETE those that are done with",
            },
        )
        for method, path in (("PUT", "accounts/late"), ("POST", "accounts/late/reset")):
            answer = await bench.call(method, path, json={})
            assert (answer.status, answer.json["error"]) == (503, "the limit of accounts is reached (2)")
        assert names(bench) == ["busy", "own"]
        await bench.double.account("busy").settle()
        assert (await post(bench, "late"))[0] == 202
        assert names(bench) == ["own", "late"]


@pytest.mark.parametrize("name", ["x" * 101, "-x", "a%20b", "%00", "x" * 15_000])
async def test_no_request_begins_an_account_whose_name_is_not_valid(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as bench:
        for path in ("messages", "media", "nowhere"):
            async with bench.session.get(f"{bench.double.base_url}/users/{name}/{path}") as response:
                assert response.status in (403, 404, 405)
        assert (await post(bench, name))[0] == 403
        assert names(bench) == []
    assert max(len(record.getMessage()) for record in caplog.records) < 1_000
