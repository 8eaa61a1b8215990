"""Bearer tokens: where they come from and what they open (P3)."""

from __future__ import annotations

import pytest

from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.server.platform.auth import TOKEN_SECONDS, Tokens
from tests.server.serving import Platform, platform

CLIENT = Credentials("client", "secret")
BASIC = {"Authorization": "Basic Y2xpZW50OnNlY3JldA=="}
LOCKED = AccountSettings(api_credentials=(CLIENT,))
GRANT = {"grant_type": "client_credentials"}


async def token(server: Platform) -> str:
    answer = await server.request("POST", "/api/v1/oauth2/token", data=GRANT, headers=BASIC)
    assert answer.status == 200
    return str(answer.json["access_token"])


async def test_a_client_gets_a_token_that_opens_its_account():
    async with platform("2026", LOCKED) as server:
        answer = await server.request("POST", "/api/v1/oauth2/token", data=GRANT, headers=BASIC)
        assert (answer.status, sorted(answer.json)) == (200, ["access_token", "expires_in", "token_type"])
        assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
        bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
        assert (await server.post(headers=bearer)).status == 202


async def test_id_and_secret_may_come_in_the_form():
    async with platform("2026", LOCKED) as server:
        form = {**GRANT, "client_id": "client", "client_secret": "secret"}
        assert (await server.request("POST", "/api/v1/oauth2/token", data=form)).status == 200


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({}, BASIC, 400, "invalid_request"),
        ({"grant_type": "password"}, BASIC, 400, "unsupported_grant_type"),
        (GRANT, {}, 401, "invalid_client"),
        (GRANT, {"Authorization": "Basic Y2xpZW50Ondyb25n"}, 401, "invalid_client"),
        (GRANT, {"Authorization": "Basic %%%"}, 401, "invalid_client"),
    ],
)
async def test_a_wrong_token_request_is_told_why(form, headers, status, error):
    async with platform("2026", LOCKED) as server:
        answer = await server.request("POST", "/api/v1/oauth2/token", data=form, headers=headers)
    assert (answer.status, answer.json["error"]) == (status, error)


async def test_where_no_account_lists_credentials_anybody_gets_a_token_and_anybody_passes():
    async with platform("2026") as server:
        assert await token(server)
        assert (await server.post(headers={"Authorization": "Bearer made-up"})).status == 202


async def test_a_preset_token_is_accepted_and_a_made_up_one_is_not():
    async with platform("2026", AccountSettings(bearer_tokens=("preset",))) as server:
        statuses = [(await server.post(headers={"Authorization": f"Bearer {word}"})).status for word in ("preset", "made-up")]
        assert statuses == [202, 401]
        assert (await server.post()).status == 401


async def test_a_token_opens_no_other_account():
    async with platform("2026", LOCKED) as server:
        bearer = {"Authorization": f"Bearer {await token(server)}"}
        server.account.configure(AccountSettings(api_credentials=(Credentials("somebody", "else"),)))
        assert (await server.post(headers=bearer)).status == 401


async def test_a_token_of_a_client_without_access_to_messaging_is_a_403():
    async with platform("2026", AccountSettings(barred_credentials=(CLIENT,))) as server:
        assert (await server.post(headers={"Authorization": f"Bearer {await token(server)}"})).status == 403


@pytest.mark.parametrize("edition", ["2018-01", "2023"])
async def test_there_were_no_bearer_tokens_before_2025(edition):
    async with platform(edition, LOCKED) as server:
        assert (await server.post(headers={"Authorization": f"Bearer {await token(server)}"})).status == 401
        (refused,) = server.account.records.requests
    assert refused.because == f"edition {edition} does not support bearer tokens, only Basic"


def test_a_token_lives_an_hour():
    tokens = Tokens()
    word = tokens.issue(CLIENT, now=0.0)
    assert tokens.owner(word, TOKEN_SECONDS * 1000 - 1) == CLIENT
    assert tokens.owner(word, TOKEN_SECONDS * 1000) is None


@pytest.mark.parametrize(
    ("header", "because"),
    [
        (None, "no Authorization header"),
        ("Digest x", "the Authorization header is neither Basic nor Bearer"),
        ("Basic !!!", "the Authorization header is neither Basic nor Bearer"),
        ("Basic Y2xpZW50", "the Authorization header is neither Basic nor Bearer"),
        ("Basic Y2xpZW50Ondyb25n", "wrong user or password (user 'client')"),
        ("Bearer x", "the bearer token was not issued here or has expired"),
    ],
)
async def test_the_journal_says_why_somebody_was_not_let_in(header, because):
    async with platform("2026", LOCKED) as server:
        answer = await server.post(headers={"Authorization": header} if header else None)
        (refused,) = server.account.records.requests
    assert (answer.status, refused.because) == (401, because)
