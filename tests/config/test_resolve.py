from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp import ClientSession

from mockbw.config.load import load
from mockbw.config.resolve import Resolved, resolve
from mockbw.config.settings import Settings, Tls
from mockbw.core.clock import ClockMode
from mockbw.core.model import Credentials
from mockbw.core.retry import DEFAULT_RETRY
from mockbw.errors import ScenarioError, SettingsError
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, SENDER


def of_file(tmp_path: Path, text: str, **rest: object) -> Resolved:
    file = tmp_path / "mockbw.yaml"
    file.write_text(text)
    return resolve(file, **{"environment": {}, **rest})  # type: ignore[arg-type]


def test_without_anything_said_the_settings_are_the_defaults() -> None:
    assert resolve(None, {}, {}).settings == Settings()


def test_the_environment_goes_over_the_file_and_flags_over_both(tmp_path: Path) -> None:
    resolved = of_file(
        tmp_path, "port: 1\nday: 1s\nseed: file\n", environment={"MOCKBW_DAY": "2s", "MOCKBW_PORT": "2"}, flags={"port": "3"}
    )
    assert (resolved.settings.port, resolved.settings.day, resolved.settings.seed) == (3, 2000, "file")
    origins = {setting.key: setting.origin for setting in resolved.in_force}
    assert origins["port"] == "--port"
    assert origins["day"] == "MOCKBW_DAY"
    assert origins["seed"] == f"{tmp_path}/mockbw.yaml:3"
    assert origins["host"] == "default"


def test_every_mistake_in_the_file_is_told_with_its_line_its_column_and_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as raised:
        of_file(tmp_path, "port: abc\nday: 60\nprot: 3\naccounts:\n  '99': {rtae: 3}\n")
    file = tmp_path / "mockbw.yaml"
    assert str(raised.value).splitlines() == [
        f"{file}:1:7: 'port' must be a whole number from 0 to 65535, not 'abc'",
        f"{file}:2:6: the duration '60' lacks a unit: write 60s or 60ms",
        f"{file}:3:1: unknown key 'prot'. Did you mean 'port'?",
        f"{file}:5:10: unknown key 'rtae'. Did you mean 'rate'?",
    ]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MOCKBW_PORT": "abc"}, "MOCKBW_PORT: 'port' must be a whole number from 0 to 65535, not 'abc'"),
        (
            {"MOCKBW_CALBACK_URL": "http://a"},
            "nothing reads the variable MOCKBW_CALBACK_URL. Did you mean MOCKBW_CALLBACK_URL?",
        ),
        (
            {"MOCKBW_CALLBACK_HOSTS": "http://x"},
            "MOCKBW_CALLBACK_HOSTS: 'http://x' is not a host: write app, *.example.com, 127.0.0.1 or 10.0.0.0/8, without port",
        ),
        ({"MOCKBW_CONTROL_TOKEN": "secret"}, "MOCKBW_CONTROL_TOKEN: 'control-token' must be at least 8 characters long"),
        ({"MOCKBW_CREDENTIALS": "ab"}, "MOCKBW_CREDENTIALS: credentials are written as USER:PASSWORD"),
        (
            {"MOCKBW_CALLBACK_TYPES": "message-sent,message-deliverd"},
            "MOCKBW_CALLBACK_TYPES: no edition has an event 'message-deliverd'. Did you mean 'message-delivered'?",
        ),
        ({"MOCKBW_RETRY": "{frist: 1s}"}, "MOCKBW_RETRY: unknown key 'frist'. Did you mean 'first'?"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(variables: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        resolve(None, {}, variables)
    assert str(raised.value) == said


def test_lists_and_structures_can_be_written_in_variables() -> None:
    settings = resolve(
        None,
        {},
        {
            "MOCKBW_CREDENTIALS": "user:one,other:two",
            "MOCKBW_CALLBACK_HOSTS": "app, *.internal",
            "MOCKBW_RETRY": "[1s, 2s]",
            "MOCKBW_CLOCK": "auto",
            "MOCKBW_TLS": "true",
        },
    ).settings
    assert settings.credentials == (Credentials("user", "one"), Credentials("other", "two"))
    assert settings.callback_hosts == ("app", "*.internal")
    assert settings.clock is ClockMode.AUTO
    assert settings.tls is not None
    assert settings.tls.port == 8443
    assert settings.account.retry.delays[0] == 1000


def test_only_structures_are_read_as_yaml_in_variables_and_flags() -> None:
    settings = resolve(None, {"host": "[::]"}, {"MOCKBW_CONTROL_TOKEN": "[s3cret-token", "MOCKBW_SEED": "{1}"}).settings
    assert (settings.host, settings.control_token, settings.seed) == ("[::]", "[s3cret-token", "{1}")


def test_a_flag_of_a_group_goes_over_the_group(tmp_path: Path) -> None:
    resolved = of_file(tmp_path, "tls: {names: a.test}\ndata: kept\n", flags={"tls": True, "tls.port": "0"})
    assert resolved.settings.tls == Tls(port=0, folder=tmp_path / "kept" / "tls")
    with pytest.raises(SettingsError) as raised:
        resolve(None, {"tls.port": "many"}, {})
    assert str(raised.value) == "--tls-port: 'port' must be a whole number from 0 to 65535, not 'many'"


def test_settings_that_are_not_given_are_listed_with_their_defaults() -> None:
    shown = {setting.key: (setting.value, setting.origin) for setting in resolve(None, {}, {}).in_force}
    assert shown["queue"] == ("15m", "default")
    assert shown["redirects"] == ("fail", "default")
    assert shown["strict"] == (False, "default")
    assert "rate" not in shown  # there is none


def test_what_kubernetes_sets_for_a_service_named_mockbw_is_no_setting() -> None:
    variables = {"MOCKBW_PORT": "tcp://10.0.0.1:8080", "MOCKBW_SERVICE_HOST": "10.0.0.1", "MOCKBW_PORT_8080_TCP_ADDR": "10.0.0.1"}
    resolved = resolve(None, {}, variables)
    assert resolved.settings == Settings()
    assert resolved.warnings == ()


def test_a_secret_can_be_handed_over_as_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("very-secret-token\n")
    resolved = of_file(
        tmp_path,
        "credentials: ['u:pa-ss', {user: v, password: pa-ss}]\napplications: {a: {credentials: 'x:pa-ss'}}\n",
        environment={"MOCKBW_CONTROL_TOKEN_FILE": str(secret)},
    )
    assert resolved.settings.control_token == "very-secret-token"
    shown = {setting.key: setting.value for setting in resolved.in_force}
    assert shown["control-token"] == "…"
    assert shown["credentials"] == ["u:…", {"user": "v", "password": "…"}]
    assert "secret" not in repr(resolved.settings)
    assert "pa-ss" not in repr((resolved.settings, resolved.in_force))


def test_an_account_has_what_all_have_unless_it_says_otherwise(tmp_path: Path) -> None:
    settings = of_file(
        tmp_path,
        """\
rate: 1
redirects: accept
accounts:
  '1': {rate: 5, clock: auto, concurrency: 7, numbers: {'+19195550199': app, '+19195550198': }}
  '2': {retry: {first: 1s, factor: 1}}
""",
    ).settings
    first, second = settings.accounts["1"], settings.accounts["2"]
    assert (first.settings.rate, first.settings.redirects, first.settings.strict) == (5, "accept", True)
    assert first.settings.numbers == {"+19195550199": "app", "+19195550198": None}
    assert first.settings.retry == DEFAULT_RETRY
    assert (second.settings.rate, second.settings.strict, second.settings.retry.delays) == (1, False, (1000,))
    assert (load(settings).listed["1"].mode, load(settings).listed["1"].concurrency) == (ClockMode.AUTO, 7)


def test_paths_begin_at_the_folder_of_the_file_that_names_them(tmp_path: Path) -> None:
    settings = of_file(tmp_path, "scenarios: stories\ndata: kept\n").settings
    assert settings.scenarios == (tmp_path / "stories",)
    assert settings.data == tmp_path / "kept"


def test_an_empty_folder_of_scenarios_is_told_and_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    resolved = of_file(tmp_path, "scenarios: stories\n")
    assert resolved.settings.scenarios == ()
    assert resolved.warnings == (f"the scenario folder {tmp_path}/stories is empty",)


async def test_with_accounts_listed_any_other_is_refused_as_on_the_platform(tmp_path: Path) -> None:
    settings = of_file(tmp_path, "port: 0\naccounts: {'9900000': {credentials: 'user:pass'}}\n").settings
    body = {"from": SENDER, "to": "+19195550100", "text": "x", "applicationId": APPLICATION}
    async with MockBandwidth(settings) as double, ClientSession() as client:
        for account, password, status in (("9900000", "pass", 202), ("9900000", "wrong", 401), ("9900001", "pass", 403)):
            url = f"{double.base_url}/users/{account}/messages"
            async with client.post(url, json=body, headers={"Authorization": _basic(password)}) as response:
                assert response.status == status


def _basic(password: str) -> str:
    return "Basic " + b64encode(f"user:{password}".encode()).decode()


@pytest.mark.parametrize(
    "written",
    [
        "control-token: [kanarienvogel-1]\n",
        "control-token: kanarienvogel-1: x\n",
        "control-tokem: kanarienvogel-1\n",
        "credentials: kanarienvogel-1\n",
        "credentials: [{user: u, pasword: kanarienvogel-1}]\n",
        "applications: {a: {credentials: {user: u, password: [kanarienvogel-1]}}}\n",
        "bearer-tokens: {a: kanarienvogel-1}\n",
    ],
)
def test_a_mistake_on_the_line_of_a_secret_does_not_show_it(tmp_path, written):
    (tmp_path / "mockbw.yaml").write_text(written)
    with pytest.raises(ScenarioError) as caught:
        resolve(tmp_path / "mockbw.yaml", {}, {})
    assert f"{tmp_path / 'mockbw.yaml'}:1:" in str(caught.value)
    assert "kanarienvogel" not in str(caught.value) + repr([problem.data for problem in caught.value.problems])
