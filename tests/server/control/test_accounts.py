"""The control API's hand on accounts, settings, applications and outages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import APPLICATION, RECIPIENT, Endpoint

HOME = f"accounts/{ACCOUNT}"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def test_an_account_begins_with_a_setup_of_its_own(bench: Bench) -> None:
    scenario = "name: refused\ntimeline:\n  - outcome: failed\n    error: 4770\n"
    body = {
        "edition": "2026",
        "clock": {"mode": "manual"},
        "start": "2026-02-03T04:05:06Z",
        "callback_url": "http://app.test/elsewhere",
        "scenarios": scenario,
    }
    answer = await bench.call("PUT", "accounts/mine", json=body)
    assert (answer.status, answer.json["edition"], answer.json["clock"]["now"]) == (200, "2026", "2026-02-03T04:05:06.000Z")
    assert answer.json["callback_url"] == "http://app.test/elsewhere"
    names = [entry["name"] for entry in (await bench.get("accounts/mine/scenarios"))["scenarios"] if entry["loaded"]]
    assert names[0] == "refused"


async def test_an_account_that_is_put_again_begins_anew(bench: Bench) -> None:
    await bench.post()
    answer = await bench.call("PUT", HOME, json={})
    assert (answer.status, answer.json["messages"]) == (200, 0)


async def test_an_account_with_a_wrong_scenario_does_not_begin(bench: Bench) -> None:
    answer = await bench.call("PUT", "accounts/mine", json={"scenarios": "name: x\ntimelin: []\n"})
    assert answer.status == 422
    problem = answer.json["problems"][0]
    assert (problem["line"], problem["column"], problem["message"]) == (2, 1, "unknown key 'timelin'")
    assert problem["hint"] == "Did you mean 'timeline'?"
    assert (await bench.call("GET", "accounts/mine")).status == 404


async def test_a_reset_cancels_what_is_outstanding_and_forgets(bench: Bench, endpoint: Endpoint) -> None:
    await bench.post()
    answer = await bench.call("POST", f"{HOME}/reset")
    assert (answer.status, answer.json["messages"], answer.json["clock"]["idle"]) == (200, 0, True)
    await bench.double.account(ACCOUNT).settle()
    assert endpoint.bodies == []


async def test_a_removed_account_is_gone(bench: Bench) -> None:
    await bench.post()
    assert (await bench.call("DELETE", HOME)).status == 204
    assert (await bench.call("GET", HOME)).status == 404


async def test_settings_come_out_as_they_go_in_without_their_secrets(bench: Bench) -> None:
    bench.double.account(ACCOUNT)
    body = {
        "callback_url": "http://app.test/callbacks",
        "credentials": [{"user": "token", "password": "streng"}],
        "retry": {"delays": ["10s", "1m30s"], "repeat": False, "window": "1h"},
        "rate": 2.5,
        "queue": "10m",
        "numbers": {"+19195550199": APPLICATION, "+19195550198": None},
        "strict": True,
        "mms_receipts": True,
        "redirects": "follow",
        "keep_messages": 500,
        "keep_for": "7d",
        "seed": "7",
        "concurrency": 3,
    }
    changed = await bench.call("PUT", f"{HOME}/settings", json=body)
    assert changed.status == 200
    rest = {setting["name"]: setting["default"] for setting in (await bench.get("settings"))["settings"]}
    assert changed.json == rest | {
        "callback_url": "http://app.test/callbacks",
        "edition": "2018-01",
        "seed": "7",
        "strict": True,
        "numbers": {"+19195550199": APPLICATION, "+19195550198": None},
        "credentials": [{"user": "token"}],
        "callback_types": None,
        "carrier_name": None,
        "retry": {"delays": ["10s", "1m30s"], "repeat": False, "jitter": 0.0, "window": "1h", "timeout": "10s"},
        "rate": 2.5,
        "queue": "10m",
        "mms_receipts": True,
        "fetch_media": False,
        "redirects": "follow",
        "list_limit": None,
        "keep_messages": 500,
        "keep_for": "7d",
        "concurrency": 3,
    }
    before = bench.double.account(ACCOUNT).settings
    again = await bench.call("PUT", f"{HOME}/settings", json=changed.json)
    assert again.json == changed.json
    assert bench.double.account(ACCOUNT).settings == before


async def test_null_sets_a_setting_back_and_what_is_left_out_stays(bench: Bench) -> None:
    await bench.call("PUT", f"{HOME}/settings", json={"rate": 1, "redirects": "accept", "edition": "2023"})
    answer = await bench.call("PUT", f"{HOME}/settings", json={"rate": None, "edition": None})
    assert (answer.json["rate"], answer.json["redirects"], answer.json["edition"]) == (None, "accept", "2018-01")


async def test_credentials_of_a_new_user_need_a_password(bench: Bench) -> None:
    answer = await bench.call("PUT", f"{HOME}/settings", json={"credentials": [{"user": "new"}]})
    assert (answer.status, answer.json["error"]) == (422, "the password of user 'new' is missing")
    assert answer.json["problems"][0]["field"] == "credentials.0"


async def test_a_seed_makes_ids_repeat_themselves(bench: Bench) -> None:
    bench.double.account(ACCOUNT)
    await bench.call("PUT", f"{HOME}/settings", json={"seed": "again"})
    first = await bench.post()
    await bench.call("POST", f"{HOME}/reset")
    await bench.call("PUT", f"{HOME}/settings", json={"seed": "again"})
    assert await bench.post() == first


async def test_an_edition_that_a_scenario_does_not_fit_is_refused_and_nothing_changes(bench: Bench) -> None:
    scenario = "name: only-2026\ntimeline:\n  - callback: message-sending\n"
    await bench.call("PUT", "accounts/mine", json={"edition": "2026", "scenarios": scenario})
    answer = await bench.call("PUT", "accounts/mine/settings", json={"edition": "2018-01", "rate": 5})
    assert answer.status == 422
    settings = await bench.get("accounts/mine/settings")
    assert (settings["edition"], settings["rate"]) == ("2026", None)


async def test_an_application_gets_its_callbacks_at_its_own_url(bench: Bench, endpoint: Endpoint) -> None:
    url = endpoint.url.replace("/callbacks", "/own")
    answer = await bench.call("PUT", f"{HOME}/applications/{APPLICATION}", json={"outbound_url": url})
    assert answer.json == {
        "id": APPLICATION,
        "outbound_url": url,
        "inbound_url": None,
        "credentials": None,
        "inbound_credentials": None,
        "credentials_mode": None,
        "callback_types": None,
    }
    await bench.post()
    await bench.double.account(ACCOUNT).step(1)
    assert [callback["url"] for callback in (await bench.get(f"{HOME}/callbacks"))["callbacks"]] == [url]
    assert [a["id"] for a in (await bench.get(f"{HOME}/applications"))["applications"]] == [APPLICATION]


async def test_an_application_keeps_the_password_that_is_left_out(bench: Bench) -> None:
    where = f"{HOME}/applications/app"
    await bench.call("PUT", where, json={"callback_url": "http://a.test", "credentials": {"user": "u", "password": "geheim"}})
    answer = await bench.call("PUT", where, json={"callback_url": "http://b.test", "credentials": {"user": "u"}})
    assert (answer.status, answer.json["credentials"]) == (200, {"user": "u"})
    credentials = bench.double.account(ACCOUNT).settings.applications["app"].credentials
    assert credentials is not None
    assert credentials.password == "geheim"
    assert (await bench.call("DELETE", where)).status == 204
    assert (await bench.call("GET", where)).status == 404


async def test_an_outage_lasts_until_it_is_ended(bench: Bench) -> None:
    url = f"{bench.double.base_url}/users/{ACCOUNT}/messages"
    body = {"to": RECIPIENT, "from": "+19195550199", "text": "x", "applicationId": APPLICATION}
    answer = await bench.call("PUT", f"{HOME}/outage", json={"answer": {"status": 502}})
    assert (answer.json["on"], answer.json["status"]) == (True, 502)
    async with bench.session.post(url, json=body) as response:
        assert response.status == 502
    assert (await bench.call("DELETE", f"{HOME}/outage")).status == 204
    assert await bench.get(f"{HOME}/outage") == {"on": False, "until": None, "status": None, "connection": None}
    async with bench.session.post(url, json=body) as response:
        assert response.status == 202


async def test_an_outage_ends_by_itself(bench: Bench) -> None:
    answer = await bench.call("PUT", f"{HOME}/outage", json={"duration": "10m"})
    assert (answer.json["until"], answer.json["status"]) == ("2018-01-24T16:10:00.000Z", 503)
    await bench.double.account(ACCOUNT).advance(600_000)
    assert (await bench.get(f"{HOME}/outage"))["on"] is False


@pytest.mark.parametrize(
    ("path", "body", "field", "error"),
    [
        ("settings", {"edition": "no"}, "edition", "'edition' must be '2018-01', '2023' or '2026', not 'no'"),
        (
            "settings",
            {"callback_url": "app"},
            "callback_url",
            "'app' is not a URL to call: write it as http://localhost:5000/callbacks",
        ),
        ("settings", {"retry": {"delays": ["1"]}}, "retry.delays.0", "the duration '1' lacks a unit: write 1s or 1ms"),
        ("settings", {"rat": 1}, "rat", "unknown key 'rat'"),
        ("settings", [], "body", "the body must be a JSON object"),
        ("outage", {"answer": {"status": 99}}, "answer.status", "'status' must be greater than or equal to 200"),
        ("clock", {"mode": "auto", "rate": 0}, "rate", "'rate' must be greater than or equal to 0.001"),
        ("clock", {"rate": 1, "day": "1m"}, "body", "give either 'rate' or 'day', not both"),
    ],
)
async def test_wrong_input_is_422_and_names_the_field(bench: Bench, path: str, body: object, field: str, error: str) -> None:
    answer = await bench.call("PUT", f"{HOME}/{path}", json=body)
    assert (answer.status, answer.json["error"], answer.json["problems"][0]["field"]) == (422, error, field)


async def test_a_body_that_is_no_json_is_422(bench: Bench) -> None:
    answer = await bench.call("PUT", f"{HOME}/settings", data=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json["problems"][0]["field"]) == (422, "body")


async def test_a_name_no_account_can_have_is_422(bench: Bench) -> None:
    answer = await bench.call("PUT", "accounts/a%20b", json={})
    right = "use letters, digits and _ . @ : + -, at most 100 of them, starting with a letter or digit"
    assert (answer.status, answer.json["error"]) == (422, f"'a b' is not a valid name for an account: {right}")


async def test_metrics_count_what_happened(bench: Bench) -> None:
    await bench.post()
    await bench.double.account(ACCOUNT).settle()
    answer = await bench.call("GET", "metrics")
    lines = answer.text.splitlines()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'mockbw_journal_entries_total{type="message-accepted"} 1' in lines
    assert 'mockbw_journal_entries_total{type="callback-delivered"} 2' in lines
    assert f'mockbw_messages{{account="{ACCOUNT}"}} 1' in lines
    assert f'mockbw_callbacks_pending{{account="{ACCOUNT}"}} 0' in lines
