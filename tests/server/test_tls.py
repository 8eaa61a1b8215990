from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from mockbw.config.settings import Settings, Tls
from mockbw.errors import SettingsError, StartError
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, SENDER

MESSAGE = {"from": SENDER, "to": "+19195550100", "text": "x", "applicationId": APPLICATION}


class Hosts(AbstractResolver):
    """What an entry in /etc/hosts does: the platform's names lead here."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None: ...


def serving(tmp_path: Path) -> MockBandwidth:
    return MockBandwidth(Settings(port=0, control_token="a-control-token", tls=Tls(port=0, folder=tmp_path / "tls")))


@pytest.mark.parametrize("name", ["messaging.bandwidth.com", "api.bandwidth.com", "localhost"])
async def test_a_client_that_trusts_the_authority_is_served_under_the_platforms_names(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as double, ClientSession() as plain:
        async with plain.get(f"{double.url}/_mockbw/ca.pem") as response:
            authority = await response.text()
        trusting = ssl.create_default_context(cadata=authority)
        async with ClientSession(connector=TCPConnector(resolver=Hosts(), ssl=trusting)) as client:
            url = f"https://{name}:{double.tls_port}/api/v2/users/9900000/messages"
            async with client.post(url, json=MESSAGE) as response:
                assert response.status == 202


async def test_the_authority_outlives_the_server_and_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with serving(tmp_path):
        before = (tmp_path / "tls" / "ca.pem").read_bytes()
    async with serving(tmp_path):
        assert (tmp_path / "tls" / "ca.pem").read_bytes() == before
    assert stat.S_IMODE((tmp_path / "tls" / "ca-key.pem").stat().st_mode) == 0o600


async def test_a_damaged_authority_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    async with serving(tmp_path):
        pass
    (tmp_path / "tls" / "ca.pem").write_text("not a certificate")
    with pytest.raises(StartError, match="is damaged"):
        await serving(tmp_path).start()
    assert (tmp_path / "tls" / "ca.pem").read_text() == "not a certificate"


async def test_https_without_a_folder_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match="set --data, or folder in tls:"):
        await MockBandwidth(Settings(port=0, tls=Tls(port=0))).start()
